"""Runs actions in this process where Rasa would call an action server over HTTP."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import rasa.core.actions.action as rasa_action
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from bot.services import current_turn


class InProcessActions(EndpointConfig):
    """An action endpoint without a network: hands the call to an executor of this process."""

    def __init__(self, executor: ActionExecutor) -> None:
        super().__init__("in-process")
        self._executor = executor

    async def request(self, method: str = "post", **options: Any) -> Any:
        """Run the action that `options["json"]` names, as an action server would.

        A rejection becomes status 400 and an unknown action 404, which Rasa understands. Rasa
        swallows any other failure; the turn remembers it, so that it is not answered by silence.
        """
        turn = current_turn.get()
        turn.failed = True
        try:
            result = await self._executor.run(options["json"])
        except ActionExecutionRejection as error:
            detail = {"error": str(error), "action_name": error.action_name}
            raise ClientResponseError(400, "rejected", json.dumps(detail)) from error
        except ActionNotFoundException as error:
            raise ClientResponseError(404, "not found", error.action_name) from error
        turn.failed = False
        return result


def load_executor(package: str = "actions") -> ActionExecutor:
    """Return an executor that knows every action of a package."""
    executor = ActionExecutor()
    executor.register_package(package)
    return executor


def cache_result_validator() -> None:
    """Check action results with a validator that is built once.

    Rasa checks the schema itself anew with every call, which costs some 15 ms each.
    """
    schema = RemoteAction.action_response_format_spec()
    validator = jsonschema.validators.validator_for(schema)(schema)

    def validate(_action: rasa_action.RemoteAction, result: dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate
