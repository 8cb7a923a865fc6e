"""The data set: the records of many cards as tables that people query."""
