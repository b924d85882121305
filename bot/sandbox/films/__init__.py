"""The videos that the stand-ins make: true files, which know nothing of any protocol.

``drawing`` draws still pictures; ``films`` makes videos of them.
"""
