"""The optional bearer token that the data routes ask for."""

import hmac
from typing import Annotated

from fastapi import HTTPException, Security
from fastapi.params import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer


def require(token: str) -> Depends:
    """A dependency that refuses requests without `Authorization: Bearer <token>`.

    Args:
        token: the right one.
    """
    scheme = HTTPBearer(auto_error=False, description="The token that the server was started with.")
    expected = token.encode()

    def check(given: Annotated[HTTPAuthorizationCredentials | None, Security(scheme)]) -> None:
        if given is None or not hmac.compare_digest(given.credentials.encode(), expected):
            raise HTTPException(
                401, "this needs the right bearer token", headers={"WWW-Authenticate": "Bearer"}
            )

    dependency: Depends = Security(check)
    return dependency
