#pragma once

#include <functional>
#include <optional>
#include <string>

#include "http/fair_share.hpp"
#include "http/message.hpp"

namespace nassaq::http {

/// How the body of a request is read.
enum class BodyKind {
    none,       ///< Thrown away as it comes, up to Limits::body_bytes.
    memory,     ///< Into Request::body, up to Limits::body_bytes.
    multipart,  ///< Streamed into Request::form, its files up to Limits::upload_bytes into the spool.
};

/// Which threads run an endpoint. Password hashing has its own, so that logins never starve reads.
enum class Pool {
    general,
    hashing,
    health,  ///< What tells whether all is well: never refused, waits for nothing else, and each line for itself only.
    /// For what one user could keep all processors busy with: who may is found out on the general threads, then each
    /// user's requests run few at a time, and end when their time is up or their client has gone (Request::stop).
    searching,
    none,  ///< The I/O thread itself, whatever the pools are busy with: only for what never blocks, like the liveness
           ///< check.
};

/// One route as the server sees it. Guard and handler may block and run on a pool's thread, not on an I/O thread.
struct Endpoint {
    std::string method;
    std::string pattern;  ///< "/api/v1/users/{user_id}"; a parameter is one whole segment, "{path*}" the rest (Router).
    BodyKind body = BodyKind::memory;
    Pool pool = Pool::general;
    /// Runs first of all, on the I/O thread, so that a flood is refused before it takes a place in a pool's queue: must
    /// not block. Returns the answer of a refusal. May be empty.
    std::function<std::optional<Response>(const Request&)> admit;
    /// Says whose turn a request takes: in the queue of a pool everybody has one after the other, and nobody may have
    /// more than a part of what there is (fair_share.hpp). On the I/O thread: must not block. May be empty: nobody's.
    std::function<Owner(Request&)> owner;
    /// In the queue of the pool all requests take the turns of this one, whoever they are from. Nobody: their owners'.
    Owner line = nobody;
    bool is_private = false;  ///< Its answers, refusals too, are for the caller: no cache may give them to others.
    /// Runs next, where there is no body and the request has a state_version, on the I/O thread: what can be answered
    /// at once needs no place in a queue. Must not block. Nothing leaves the request to guard and handler. May be
    /// empty.
    std::function<std::optional<Response>(Request&)> recall;
    /// Runs before the body is read, and once more behind it, for much may have changed until then. Returns the answer
    /// of a refusal. May be empty.
    std::function<std::optional<Response>(Request&)> guard;
    /// Where the body is multipart: is shown the field `file` before its bytes come, beside what has come in before it,
    /// to have somebody go along with them. Runs on a pool's thread and refuses nothing. May be empty.
    std::function<void(const Request&, UploadedFile&)> begin_file;
    /// Answers. May throw Problem where HTTP itself is at fault; anything else that it throws becomes a 500 and is
    /// logged with the request id.
    std::function<Response(Request&)> handle;
};

}  // namespace nassaq::http
