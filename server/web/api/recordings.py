"""Recordings and their files by API."""

from aiohttp import web

from server.web.api.models import FileModel, RecordingModel
from server.web.api.operation import Operation, answer
from server.web.keys import DATABASE
from server.web.pages.recordings import file, find_recording


async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        recording, session, _ = await find_recording(request, db)
        files = await recording.files(db)
    return answer(
        RecordingModel(
            session=session.id,
            state=recording.state.value,
            started_at=recording.started_at,
            duration_ms=recording.duration_ms,
            recovered=recording.recovered,
            problem=recording.problem,
            files=[
                FileModel(
                    name=row.name,
                    bytes=row.bytes,
                    sha256=row.sha256,
                    content_type=row.content_type,
                    url=f"/api/v1/recordings/{session.id}/files/{row.name}",
                )
                for row in files
            ],
        )
    )


OPERATIONS = [
    Operation("GET", "/recordings/{session}", show, "A session's recording", RecordingModel),
    Operation(
        "GET",
        "/recordings/{session}/files/{name:.+}",
        file,
        "One file of it, with ranges",
        media_type="application/octet-stream",
    ),
]
