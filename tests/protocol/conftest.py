from hypothesis import settings

# A loaded machine is no fault of the code: nothing here is judged by the wall clock.
settings.register_profile("etal", deadline=None)
settings.load_profile("etal")
