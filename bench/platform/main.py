"""The platform's routes in the platform's manner, written for bench/fastapi: what is compared with, and no more than that.

FastAPI, SQLAlchemy's asyncio extension with asyncpg, azure-storage-blob, aio-pika; settings are environment variables of the
names that Nassaq has. It reads an upload as a whole, stores it, inserts its rows and publishes its job, as the original does.
"""

import json
import os
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Annotated

import aio_pika
import bcrypt
import jwt
from fastapi import Depends, FastAPI, File, Form, HTTPException, Query, UploadFile
from fastapi.responses import StreamingResponse
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from models import Document, Log, ProcessingStatus, User, VirtualPath
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from stores import open_store

SECRET = os.environ["JWT_SECRET_KEY"]
QUEUE = os.environ["OCR_QUEUE_NAME"]
MAX_BYTES = 50 * 1024 * 1024
SUPPORTED = {".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".docx", ".xlsx", ".pptx", ".txt"}

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=20, pool_pre_ping=True)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Publisher:
    """One robust connection, and one channel with publisher confirms."""

    async def open(self):
        self.connection = await aio_pika.connect_robust(os.environ["MESSAGE_BROKER_URL"])
        self.channel = await self.connection.channel()
        await self.channel.declare_queue(QUEUE, durable=True)

    async def publish(self, body):
        message = aio_pika.Message(json.dumps(body).encode(), content_type="application/json",
                                   delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await self.channel.default_exchange.publish(message, routing_key=QUEUE)

    async def close(self):
        await self.connection.close()


store, publisher = open_store(), Publisher()


@asynccontextmanager
async def lifespan(_):
    await store.open()
    await publisher.open()
    yield
    await publisher.close()
    await store.close()
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_session():
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
Token = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="/api/v1/auth/login"))]


async def get_active_user(token: Token, session: Session):
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, "Could not validate credentials", {"WWW-Authenticate": "Bearer"}) from None
    user = await session.get(User, int(claims["sub"]))
    if user is None or claims.get("type") != "access":
        raise HTTPException(401, "Could not validate credentials", {"WWW-Authenticate": "Bearer"})
    if not user.is_active:
        raise HTTPException(403, "Your account is pending role assignment. Please contact an administrator.")
    return user


ActiveUser = Annotated[User, Depends(get_active_user)]


class TokenResponse(BaseModel):
    access_token: str
    refresh_token: str
    token_type: str = "bearer"


class UserResponse(BaseModel):
    user_id: int
    full_name: str
    email: str
    username: str
    role: str | None
    is_active: bool
    created_at: datetime


class UploadMetadata(BaseModel):
    description: str | None
    full_path: str


class UploadResponse(BaseModel):
    filename: str
    path: str
    ctype: str | None
    size: int
    metadata: UploadMetadata
    doc_id: int


class DocumentItem(BaseModel):
    doc_id: int
    filename: str
    path: str
    uploaded_by_user_id: int
    uploaded_at: datetime
    status: str | None
    error_message: str | None


class DocumentList(BaseModel):
    total: int
    items: list[DocumentItem]


def now():
    return datetime.now(UTC).replace(tzinfo=None)


def make_token(user, kind, life):
    issued = datetime.now(UTC)
    return jwt.encode({"sub": str(user.user_id), "rid": user.role_id, "type": kind, "iat": issued, "exp": issued + life},
                      SECRET, algorithm="HS256")


@app.get("/")
async def root():
    return {"status": "ok"}


@app.post("/api/v1/auth/login")
async def login(form: Annotated[OAuth2PasswordRequestForm, Depends()], session: Session) -> TokenResponse:
    user = await session.scalar(select(User).where(func.lower(User.email) == form.username.lower()))
    if user is None or not bcrypt.checkpw(form.password.encode(), user.password_hash.encode()):
        raise HTTPException(401, "Incorrect email or password", {"WWW-Authenticate": "Bearer"})
    if not user.is_active:
        raise HTTPException(403, "User is not active")
    return TokenResponse(access_token=make_token(user, "access", timedelta(hours=10)),
                         refresh_token=make_token(user, "refresh", timedelta(days=7)))


@app.get("/api/v1/users/me")
async def me(user: ActiveUser) -> UserResponse:
    return UserResponse(**{name: getattr(user, name) for name in UserResponse.model_fields if name != "role"},
                        role=user.role.role_name if user.role else None)


@app.post("/api/v1/docs/upload", status_code=201)
async def upload(user: ActiveUser, session: Session, file: Annotated[UploadFile, File()],
                 full_path: Annotated[str, Form()] = "",
                 description: Annotated[str | None, Form()] = None) -> UploadResponse:
    extension = PurePath(file.filename or "").suffix.lower()
    if extension not in SUPPORTED:
        raise HTTPException(415, f"Unsupported file type '{extension}'. Supported: {', '.join(sorted(SUPPORTED))}")
    content = await file.read()
    if not content:
        raise HTTPException(400, "Uploaded file is empty")
    if len(content) > MAX_BYTES:
        raise HTTPException(413, "File too large, Max Limit is set to 50 MB")
    path = await session.scalar(select(VirtualPath).where(VirtualPath.full_path == (full_path or "/")))
    if path is None:
        raise HTTPException(404, "Provided path doesn't exist.")
    if await session.scalar(select(Document.doc_id).where(Document.filename == file.filename,
                                                          Document.path_id == path.path_id)):
        raise HTTPException(409, "A document with this filename already exists at the specified path.")
    url = await store.upload(f"{full_path}/{file.filename}" if full_path else file.filename, content, file.content_type)

    document = Document(filename=file.filename, path_id=path.path_id, uploaded_by_user_id=user.user_id, uploaded_at=now(),
                        file_size=len(content), content_type=file.content_type, file_type=extension)
    session.add(document)
    await session.flush()
    session.add(ProcessingStatus(doc_id=document.doc_id, stage_name="OCR", status="Queued", start_time=now()))
    session.add(Log(log_timestamp=now(), action_type="document_upload", user_id=user.user_id, entity_id=document.doc_id))
    await session.commit()
    await publisher.publish({"doc_id": document.doc_id, "file_path": url, "filename": file.filename,
                             "user_id": user.user_id})
    return UploadResponse(filename=file.filename, path=url, ctype=file.content_type, size=len(content),
                          metadata=UploadMetadata(description=description, full_path=full_path), doc_id=document.doc_id)


def ocr_stage(document):
    return next((stage for stage in document.stages if stage.stage_name == "OCR"), None)


def item_of(document):
    stage = ocr_stage(document)
    return DocumentItem(doc_id=document.doc_id, filename=document.filename, path=document.path.full_path,
                        uploaded_by_user_id=document.uploaded_by_user_id, uploaded_at=document.uploaded_at,
                        status=stage.status if stage else None, error_message=stage.error_message if stage else None)


@app.get("/api/v1/docs/me")
async def my_documents(user: ActiveUser, session: Session, skip: Annotated[int, Query(ge=0)] = 0,
                       limit: Annotated[int, Query(ge=1, le=100)] = 20) -> DocumentList:
    mine = Document.uploaded_by_user_id == user.user_id
    total = await session.scalar(select(func.count()).select_from(Document).where(mine))
    page = await session.scalars(select(Document).where(mine).offset(skip).limit(limit)
                                 .order_by(Document.uploaded_at.desc(), Document.doc_id.desc()))
    return DocumentList(total=total, items=[item_of(document) for document in page])


async def find_own(doc_id, user, session):
    document = await session.get(Document, doc_id)
    if document is None or (document.uploaded_by_user_id != user.user_id and user.role_id != 99):
        raise HTTPException(404, f"Document with id {doc_id} not found.")
    return document


@app.get("/api/v1/docs/{doc_id}/status")
async def status(doc_id: int, user: ActiveUser, session: Session):
    document = await find_own(doc_id, user, session)
    stage = ocr_stage(document)
    return {"doc_id": doc_id, "filename": document.filename, "stage_name": "OCR", "status": stage.status,
            "start_time": stage.start_time, "end_time": stage.end_time, "error_message": stage.error_message}


@app.get("/api/v1/docs/{doc_id}/download")
async def download(doc_id: int, user: ActiveUser, session: Session):
    document = await find_own(doc_id, user, session)
    path = document.path.full_path
    name = document.filename if path == "/" else f"{path}/{document.filename}"
    return StreamingResponse(store.download(name), media_type=document.content_type)
