require "webrick"

server = WEBrick::HTTPServer.new(Port: ENV["PORT"])
server.start
