"""Where the platform keeps files: a folder, Azure Blob Storage by Microsoft's asynchronous library, S3 by Amazon's, in threads."""

import asyncio
import os
from pathlib import Path

import boto3
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobServiceClient
from botocore.config import Config


class FolderStore:
    """It does not sync what it writes."""

    def __init__(self):
        self.root = Path(os.environ["BLOB_FOLDER"])

    async def open(self):
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, name, content):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "xb") as stream:
            stream.write(content)

    async def upload(self, name, content, content_type):
        await asyncio.to_thread(self._write, name, content)
        return f"local:///blobs/{name}"

    async def download(self, name):
        with open(self.root / name, "rb") as stream:
            while chunk := await asyncio.to_thread(stream.read, 1 << 20):
                yield chunk

    async def close(self):
        pass


class AzureStore:
    def __init__(self):
        self.client = BlobServiceClient.from_connection_string(os.environ["BLOB_CONNECTION_STR"])
        self.container = self.client.get_container_client(os.environ["BLOB_STORAGE_CONTAINER_NAME"])

    async def open(self):
        try:
            await self.container.create_container()
        except ResourceExistsError:
            pass

    async def upload(self, name, content, content_type):
        blob = self.container.get_blob_client(name)
        await blob.upload_blob(content, overwrite=False, content_settings=ContentSettings(content_type=content_type))
        return blob.url

    async def download(self, name):
        stream = await self.container.get_blob_client(name).download_blob()
        async for chunk in stream.chunks():
            yield chunk

    async def close(self):
        await self.client.close()


class S3Store:
    def __init__(self):
        self.bucket = os.environ["BLOB_STORAGE_CONTAINER_NAME"]
        self.endpoint = os.environ["AWS_ENDPOINT_URL_S3"]
        self.client = boto3.client("s3", endpoint_url=self.endpoint, region_name=os.environ["AWS_REGION"],
                                   config=Config(max_pool_connections=64, s3={"addressing_style": "path"}))

    async def open(self):
        try:
            await asyncio.to_thread(self.client.create_bucket, Bucket=self.bucket)
        except (self.client.exceptions.BucketAlreadyOwnedByYou, self.client.exceptions.BucketAlreadyExists):
            pass

    async def upload(self, name, content, content_type):
        await asyncio.to_thread(self.client.put_object, Bucket=self.bucket, Key=name, Body=content,
                                ContentType=content_type, IfNoneMatch="*")
        return f"{self.endpoint}/{self.bucket}/{name}"

    async def download(self, name):
        answer = await asyncio.to_thread(self.client.get_object, Bucket=self.bucket, Key=name)
        for chunk in iter(lambda: answer["Body"].read(1 << 20), b""):
            yield chunk

    async def close(self):
        self.client.close()


def open_store():
    return {"local": FolderStore, "azure": AzureStore, "s3": S3Store}[os.environ["BLOB_STORAGE_TYPE"]]()
