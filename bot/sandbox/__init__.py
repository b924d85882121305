"""A local Discord and local video APIs over real HTTP and WebSocket.

They serve the demo and the tests. They import nothing else of ``bot``, and never ``discord``:
what checks the bot must not share its mistakes.
"""
