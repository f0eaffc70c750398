"""Replica portals: five government sites rebuilt on loopback, so that the whole product can be tried without touching
a real one.

`server.ReplicaServer` serves them under their real host names (reach it with CONNECT_TO); `python -m tests.portals`
does the same from a shell. `pages` gives addresses, answers and the list of what each portal holds without a server.
`days` is what editors and web masters do to the portals between two crawls, with the list of what changed; `challenges`
is what may stand before a page. One module per portal family says how that family answers and what in it is invented.
A replica must not know the crawler: it is written from the fact sheet of the family, never from the spider.
"""
