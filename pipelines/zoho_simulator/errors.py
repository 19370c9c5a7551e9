"""Replies that refuse, as documented."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal: Zoho's HTTP status, code, details and message."""

    def __init__(
        self, status: int, code: str, message: str, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details or {}
        self.wrapped_in: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The envelope documented for errors, within an array where that is documented."""
        body = {
            "code": self.code,
            "details": self.details,
            "message": self.message,
            "status": "error",
        }
        return {self.wrapped_in: [body]} if self.wrapped_in else body


def invalid_token() -> ApiError:
    """Documented: the token is expired, revoked or unknown."""
    return ApiError(401, "INVALID_TOKEN", "invalid oauth token")


def authentication_failure() -> ApiError:
    """Documented: no usable Authorization header."""
    return ApiError(401, "AUTHENTICATION_FAILURE", "Authentication failed")


def scope_mismatch() -> ApiError:
    """Documented: the token is fine and lacks the scope."""
    return ApiError(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")


def no_permission(module: str) -> ApiError:
    """Documented: the profile lacks the right to view the module."""
    details = {"permissions": [f"Crm_Implied_View_{module}"]}
    return ApiError(403, "NO_PERMISSION", "permission denied", details)


def invalid_module(details: dict[str, Any] | None = None) -> ApiError:
    """Documented: the module is unknown, or not exposed to the API."""
    details = {"resource_path_index": 0} if details is None else details
    return ApiError(400, "INVALID_MODULE", "the module name given seems to be invalid", details)


def not_supported(status: int = 400, details: dict[str, Any] | None = None) -> ApiError:
    """Documented: the module exists and this call does not serve it."""
    return ApiError(status, "NOT_SUPPORTED", "the module is not supported in api", details)


def invalid_url() -> ApiError:
    """Documented: no such path."""
    message = "Please check if the URL trying to access is a correct one"
    return ApiError(404, "INVALID_URL_PATTERN", message)


def invalid_method() -> ApiError:
    """Documented: 400, not 405, for the wrong verb."""
    message = "The http request method type is not a valid one"
    return ApiError(400, "INVALID_REQUEST_METHOD", message)


def required_param(name: str) -> ApiError:
    """Documented: a mandatory parameter is missing."""
    return ApiError(
        400, "REQUIRED_PARAM_MISSING", "required param is missing", {"param_name": name}
    )


def invalid_param(name: str, **more: Any) -> ApiError:
    """Documented: a parameter's value is not usable."""
    message = "the given data seems to be invalid"
    return ApiError(400, "INVALID_DATA", message, {"param_name": name, **more})


def pattern_not_matched(name: str) -> ApiError:
    """Documented: a parameter's value is not one of the allowed ones."""
    message = f"please check whether the input values are correct for {name}"
    return ApiError(400, "PATTERN_NOT_MATCHED", message, {"param_name": name})


def limit_exceeded(name: str, limit: int) -> ApiError:
    """Documented for `fields`: more values than allowed."""
    details = {"limit": limit, "param_name": name}
    return ApiError(400, "LIMIT_EXCEEDED", "limit exceeded", details)


def ambiguity(*names: str) -> ApiError:
    """Documented: parameters that exclude each other."""
    details = {"ambiguity_due_to": [{"param_name": name} for name in names]}
    return ApiError(400, "AMBIGUITY_DURING_PROCESSING", "ambiguity while processing", details)


def too_many_requests(cause: str) -> ApiError:
    """Documented status and code; assumed: the wording, the only thing to tell causes apart."""
    return ApiError(429, "TOO_MANY_REQUESTS", cause)


def invalid_record(index: int, *, status: int = 400) -> ApiError:
    """Assumed: the id in the path is not that of a record."""
    message = "the id given seems to be invalid"
    return ApiError(status, "INVALID_DATA", message, {"resource_path_index": index})


def invalid_parent(index: int = 1) -> ApiError:
    """Documented for related records: what stands for the parent is no id."""
    message = "the related id given seems to be invalid"
    return ApiError(400, "INVALID_DATA", message, {"resource_path_index": index})


def unknown_parent(status: int = 404) -> ApiError:
    """Documented for related records: the parent does not exist."""
    if status == 400:
        return invalid_parent()
    return ApiError(status, "INVALID_DATA", "The record does not exist")


def invalid_relation(index: int = 2) -> ApiError:
    """Documented: the related list is unknown, hidden, or not in the layout."""
    message = "the relation name given seems to be invalid"
    return ApiError(400, "INVALID_DATA", message, {"resource_path_index": index})


def unsupported_relation(index: int = 2) -> ApiError:
    """Documented code; assumed: the details. The list exists and this call does not serve it."""
    message = "the relation is not supported in api"
    return ApiError(400, "NOT_SUPPORTED", message, {"resource_path_index": index})


def mandatory(name: str, path: str | None = None) -> ApiError:
    """Documented: something that a write needs is missing."""
    if path is None:
        message = "One of the expected parameter is missing"
        return ApiError(400, "MANDATORY_NOT_FOUND", message, {"param_name": name})
    details = {"api_name": name, "json_path": path}
    return ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", details)


def unparsable() -> ApiError:
    """Documented: body or parameters are not of the right form."""
    message = "Either the request body or parameters is in wrong format"
    return ApiError(400, "UNABLE_TO_PARSE_DATA_TYPE", message)


def feature_off(message: str, *, status: int = 400, code: str = "FEATURE_NOT_ENABLED") -> ApiError:
    """Documented: the organisation does not have the feature."""
    return ApiError(status, code, message)
