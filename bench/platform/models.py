"""The platform's tables, as far as the routes need them: those that `nassaq migrate` makes on PostgreSQL."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Role(Base):
    __tablename__ = "roles"
    role_id: Mapped[int] = mapped_column(primary_key=True)
    role_name: Mapped[str]


class User(Base):
    __tablename__ = "users"
    user_id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    full_name: Mapped[str]
    email: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    is_active: Mapped[bool]
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.role_id"))
    role: Mapped[Role | None] = relationship(lazy="selectin")


class VirtualPath(Base):
    __tablename__ = "virtual_paths"
    path_id: Mapped[int] = mapped_column(primary_key=True)
    full_path: Mapped[str]


class Document(Base):
    __tablename__ = "documents"
    doc_id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str]
    path_id: Mapped[int] = mapped_column(ForeignKey("virtual_paths.path_id"))
    uploaded_by_user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id"))
    mongo_doc_id: Mapped[str] = mapped_column(default="pending")
    uploaded_at: Mapped[datetime]
    file_size: Mapped[int | None]
    content_type: Mapped[str | None]
    file_type: Mapped[str | None]
    path: Mapped[VirtualPath] = relationship(lazy="selectin")
    stages: Mapped[list["ProcessingStatus"]] = relationship(lazy="selectin")


class ProcessingStatus(Base):
    __tablename__ = "processing_status"
    status_id: Mapped[int] = mapped_column(primary_key=True)
    doc_id: Mapped[int] = mapped_column(ForeignKey("documents.doc_id"))
    stage_name: Mapped[str]
    status: Mapped[str]
    start_time: Mapped[datetime]
    end_time: Mapped[datetime | None]
    error_message: Mapped[str | None]


class Log(Base):
    __tablename__ = "logs"
    log_id: Mapped[int] = mapped_column(primary_key=True)
    log_timestamp: Mapped[datetime]
    action_type: Mapped[str]
    user_id: Mapped[int | None]
    entity_id: Mapped[int | None]
    details: Mapped[str | None]
