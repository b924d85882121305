"""How hypothesis works here."""

from hypothesis import settings

# A busy machine is no fault of the code: there is no time limit for one example.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
