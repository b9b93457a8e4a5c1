"""Messages go through logging: to whom a block hands them, and to a program's own handlers."""

import logging

import pytest

from landmark.core.logs import log_level, messages_to

logger = logging.getLogger("landmark.training.loop")


def test_messages_reach_whoever_asked_for_them_and_nobody_afterwards() -> None:
    outer, inner = list[str](), list[str]()
    with messages_to(outer.append):
        with messages_to(inner.append):
            logger.info("Epoch %d", 1)
        logger.info("Epoch %d", 2)
    logger.info("Epoch %d", 3)
    assert (outer, inner) == (["Epoch 1", "Epoch 2"], ["Epoch 1"])
    package = logging.getLogger("landmark")
    assert package.level == logging.NOTSET and not any(type(one).__name__ == "_Writer" for one in package.handlers)


def test_print_is_the_print_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    with messages_to():
        logger.info("Epoch 1")
        logger.debug("not for people")
    assert capsys.readouterr().out == "Epoch 1\n"


def test_a_program_sees_messages_as_its_logging_is_set_up(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logger.info("Epoch 1")
    assert caplog.messages == ["Epoch 1"]


def test_what_a_reader_raises_ends_the_work() -> None:
    def fail(line: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError), messages_to(fail):
        logger.info("Epoch 1")


def test_a_part_can_be_silenced() -> None:
    said = list[str]()
    with messages_to(said.append), log_level("landmark.training", logging.WARNING):
        logger.info("Epoch 1")
        logging.getLogger("landmark.fitting").info("Calibrated")
    assert said == ["Calibrated"]
