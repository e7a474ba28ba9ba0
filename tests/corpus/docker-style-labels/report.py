import graphviz

graph = graphviz.Digraph()
graph.edge("a", "b")
graph.render("graph", format="svg")
