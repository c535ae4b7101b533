import inspect

from node.protocol import errors


def test_the_tree_is_the_drawn_one():
    drawn = [
        line.replace("├──", "").replace("└──", "").replace("│", "").split()[0]
        for line in errors.__doc__.splitlines()
        if line.strip().startswith(("EtalError", "├", "│", "└"))
    ]
    classes = [name for name, value in vars(errors).items() if inspect.isclass(value)]
    assert sorted(drawn) == sorted(classes)
    assert all(issubclass(getattr(errors, name), errors.EtalError) for name in classes)


def test_an_error_names_rule_sentence_and_field():
    error = errors.InputError("field.length", "Title: too long", "title")
    assert (error.rule, error.message, error.field) == ("field.length", "Title: too long", "title")
    assert str(error) == "Title: too long"
    assert "record.size" in str(errors.Rejected("record.size", "too large"))


def test_rejections_of_strangers_and_mistakes_of_people_are_apart():
    assert not issubclass(errors.InputError, errors.RuleError)
    assert issubclass(errors.Rejected, errors.RuleError)
    assert issubclass(errors.Ignored, errors.RuleError)
