"""What all tables share: the naming of their constraints, and how an index is of some rows."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def only_where(condition: str) -> Mapping[str, Any]:
    """Give the arguments of an index that has these rows alone, for each database."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
