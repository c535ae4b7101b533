from .hostility import siege


async def test_a_second_round_of_hostile_inputs_costs_nothing():
    (memory, files), (more_memory, more_files) = await siege(100, seed=7)
    assert more_memory < memory * 1.05
    assert more_files <= files
