cat(jsonlite::toJSON(list(mean = mean(1:10))))
