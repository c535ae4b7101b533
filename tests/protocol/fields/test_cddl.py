from node.protocol.fields.cddl import grouped, spread


def test_choices_are_grouped():
    assert grouped('"a" / "b"') == '("a" / "b")'
    assert grouped("int") == "int"
    assert grouped("[a / b]") == "[a / b]"


def test_maps_are_spread_over_lines():
    assert spread("a = { b: int, * tstr => value }") == "a = {\n  b: int,\n  * tstr => value\n}"
    assert spread("a = [2*3 { b: { } }]").count("\n") == 4


def test_what_is_quoted_stays():
    assert '"x{1,2} , }"' in spread('a = { b: tstr .regexp "x{1,2} , }" }')


def test_open_maps_stay_on_their_line():
    assert spread("a = { b: { * tstr => value } }") == "a = {\n  b: { * tstr => value }\n}"
