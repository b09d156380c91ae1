#include "http/session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/text.hpp"
#include "http/head_scanner.hpp"
#include "http/pool_job.hpp"
#include "http/problem.hpp"
#include "http/response_head.hpp"

namespace nassaq::http {
namespace {

/// A body up to this size that nobody wants is read and thrown away to keep the connection.
constexpr std::uint64_t most_discarded_bytes = std::uint64_t{64} * 1024;
constexpr std::size_t longest_request_id = 128;

bool is_usable_request_id(std::string_view id) {
    const auto is_visible = [](char c) { return c > ' ' && c < 0x7F; };
    return !id.empty() && id.size() <= longest_request_id && std::ranges::all_of(id, is_visible);
}

Response method_not_allowed(std::string_view allow) {
    return Problem(405, RefusalCode::method_not_allowed, "Method Not Allowed")
        .with_header("allow", allow)
        .to_response();
}

/// Whether only the end of the connection says where the body ends.
bool ends_with_connection(const Exchange& exchange) {
    return std::holds_alternative<EventBody>(exchange.response.body) ||
           (is_open_ended(exchange.response) && exchange.parser.is_http_1_0());
}

}  // namespace

Session::Session(Socket socket, Peer peer, ServerContext& server, IoThread& thread)
    : socket_(std::move(socket)), server_(server), thread_(thread), peer_(std::move(peer)) {
    thread_.add(*this);
}

Session::~Session() {
    thread_.remove(*this);
}

Awaitable<void> Session::run() {
    ErrorCode error;
    socket_.non_blocking(true, error);
    if (error) co_return;
    bool goes_on = true;
    while (goes_on) {
        goes_on = co_await wait_for_request();
        if (goes_on) goes_on = co_await serve_request();
    }
    close();
}

void Session::check_deadline(Clock::time_point now) {
    if (is_searching_) look_for_client();
    if (now < deadline_) return;
    deadline_ = Clock::time_point::max();
    timed_out_ = true;
    if (exchange_) exchange_->stop.request_stop();
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Session::close_if_idle() {
    if (is_idle_) close();
}

void Session::close() {
    if (exchange_) exchange_->stop.request_stop();
    ErrorCode ignored;  // Nothing can be done about a socket that cannot be closed.
    socket_.close(ignored);
}

Awaitable<bool> Session::wait_for_request() {
    exchange_.reset();
    if (!buffer_.empty()) co_return true;  // Pipelined.
    if (thread_.is_stopping()) co_return false;
    buffer_.shrink();
    is_idle_ = true;
    const Read read = co_await read_some(ReadBuffer::initial_capacity, Clock::now() + server_.limits.idle_timeout);
    is_idle_ = false;
    co_return read == Read::some;
}

Awaitable<Session::Read> Session::read_some(std::size_t capacity_limit, Clock::time_point deadline) {
    const std::span<char> room = buffer_.prepare(capacity_limit);
    timed_out_ = false;
    deadline_ = deadline;
    ErrorCode error;
    const std::size_t count = co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), into(error));
    deadline_ = Clock::time_point::max();
    if (error) {
        // The end may come just before the time is up: Asio tells of it once, so it must not pass for a timeout.
        const bool was_cancelled = error == asio::error::operation_aborted;
        co_return was_cancelled&& timed_out_ ? Read::timed_out : Read::end;
    }
    buffer_.commit(count);
    co_return Read::some;
}

/// @return whether the connection stays.
Awaitable<bool> Session::serve_request() {
    exchange_.emplace();
    is_lost_ = false;
    const Head head = co_await read_head();
    if (head == Head::lost) co_return false;
    Exchange& exchange = current();
    complete_request();
    if (head == Head::complete) {
        route();
        if (!exchange.answered) co_await execute();
        if (!claim_what_it_takes()) co_await refuse_what_it_takes();
    }
    // What a refusal broke off in the middle may stand in the buffer still: it must never be read as a next request.
    const bool body_is_unread = head == Head::refused || exchange.body_is_broken || !exchange.body.is_done();
    const bool discards = body_is_unread && body_may_be_discarded();
    exchange.keep_alive = head == Head::complete && exchange.parser.wants_keep_alive() && !thread_.is_stopping() &&
                          (!body_is_unread || discards) && !ends_with_connection(exchange);
    bool goes_on = false;
    if (!is_lost_ && !exchange.response_lost) goes_on = co_await write_response();
    co_await release_files();
    report();
    if (!goes_on) co_return false;
    if (exchange.keep_alive) {
        if (discards) goes_on = co_await discard_body();
        co_return goes_on;
    }
    if (body_is_unread || !buffer_.empty()) co_await linger();
    co_return false;
}

/// Event streams and answers are held by slow clients for long: nobody may take all that there is for them.
/// @return false when there is nothing left for this one.
bool Session::claim_what_it_takes() {
    Exchange& exchange = current();
    const bool has_events = std::holds_alternative<EventBody>(exchange.response.body);
    if (has_events) exchange.place = server_.event_streams.take(exchange.owner);
    const std::size_t memory = memory_of_answer();
    if (memory > 0) exchange.answer_memory = server_.answer_memory.take(exchange.owner, memory);
    return (!has_events || exchange.place) && (memory == 0 || exchange.answer_memory);
}

Awaitable<void> Session::refuse_what_it_takes() {
    Exchange& exchange = current();
    const bool has_events = std::holds_alternative<EventBody>(exchange.response.body);
    co_await release_files();
    exchange.stream_piece = std::string();  // {} would keep its memory.
    exchange.stream_left = 0;
    exchange.answer(has_events ? too_many(RefusalCode::too_many_event_streams, "event streams").to_response()
                               : server_is_busy().to_response());
}

/// A refusal leaves the connection where nobody knows where the next request begins: it closes.
Session::Head Session::refuse_head(int status, RefusalCode code, std::string_view detail) {
    current().answer(status, code, detail);
    return Head::refused;
}

Awaitable<Session::Head> Session::read_head() {
    const std::size_t limit = server_.limits.header_bytes;
    // From the first byte on, however slowly the others come.
    const auto deadline = Clock::now() + server_.limits.header_timeout;
    HeadScanner scanner;
    while (true) {
        switch (scanner.scan(buffer_.view())) {
            case HeadScanner::Result::complete:
                if (scanner.size() > 2) co_return take_head(scanner.size());
                buffer_.consume(scanner.size());  // An empty line before the request (RFC 9112, 2.2).
                scanner = {};
                continue;
            case HeadScanner::Result::bare_line_feed:
                co_return refuse_head(400, RefusalCode::malformed_request, "The lines of a request must end in CRLF");
            case HeadScanner::Result::folded_line:
                co_return refuse_head(400, RefusalCode::malformed_request,
                                      "A header field must not be folded over several lines");
            case HeadScanner::Result::incomplete:
                break;
        }
        if (buffer_.size() >= limit) {
            co_return refuse_head(431, RefusalCode::header_too_large,
                                  "Request header too large, Max Limit is set to " + std::to_string(limit) + " bytes");
        }
        const Read read = co_await read_some(limit, deadline);
        if (read == Read::end) co_return Head::lost;
        if (read == Read::timed_out) {
            co_return refuse_head(408, RefusalCode::request_timeout, "The request header did not arrive in time");
        }
    }
}

Session::Head Session::take_head(std::size_t size) {
    const auto parsed = current().parser.put_head(buffer_.view().substr(0, size));
    buffer_.consume(size);
    if (!parsed) return refuse_head(parsed.error().status, parsed.error().code, parsed.error().detail);
    current().body = current().parser.body_decoder();
    current().pace.emplace(server_.limits);
    return Head::complete;
}

void Session::complete_request() {
    Request& request = current().request;
    current().started = request.received = Clock::now();
    thread_.forget_state_version();
    request.client_address = server_.trusted_proxies.client_of(peer_.address, request.headers);
    const auto id = request.headers.find("x-request-id");
    request.request_id = id && is_usable_request_id(*id) ? std::string(*id) : thread_.new_request_id();
}

void Session::route() {
    Exchange& exchange = current();
    const Request& request = exchange.request;
    if (Cors::is_preflight(request)) {
        exchange.answer(server_.cors.answer_preflight(request));
        return;
    }
    if (request.method == "TRACE" || request.method == "CONNECT") {
        exchange.answer(method_not_allowed("GET, HEAD, POST, PUT, PATCH, DELETE"));
        return;
    }
    auto result = server_.router.route(request.method, request.path);
    if (auto* found = std::get_if<Router::Found>(&result)) {
        exchange.endpoint = found->endpoint;
        exchange.request.path_parameters = std::move(found->parameters);
    } else if (const auto* not_allowed = std::get_if<Router::MethodNotAllowed>(&result)) {
        exchange.answer(method_not_allowed(not_allowed->allow));
    } else if (const auto* other = std::get_if<Router::OtherSlash>(&result)) {
        exchange.answer(redirect_to(other->path));
    } else {
        exchange.answer(404, RefusalCode::route_not_found, "Not Found");
    }
}

/// As Starlette's redirect_slashes: absolute, built from the Host field, the query kept.
Response Session::redirect_to(std::string_view path) const {
    const Request& request = current().request;
    const std::string_view host = request.headers.find("host").value_or("");
    std::string location;
    if (!host.empty()) {
        location.append(server_.trusted_proxies.scheme_of(peer_.address, peer_.uses_tls, request.headers));
        location.append("://").append(host);
    }
    location.append(path);
    if (!request.query.empty()) location.append("?").append(request.query);
    Response response;
    response.status = 307;
    response.headers.add("location", text::percent_encode(location, ":/%#?=@[]!$&'()*+,;"));
    return response;
}

/// Before what takes no time at all: the requests that have come in at the same time are read first, and then all are
/// answered one right after the other. A client or proxy on this machine is then woken once for all of them, where
/// waking it costs as much as the whole request does; and they share one look at the state's version.
Awaitable<void> Session::let_others_catch_up() {
    co_await asio::post(thread_.context(), UseAwaitable());
}

/// Admission, recall, guard, body, guard again, handler. Without a body guard and handler go to the pool in one hop.
Awaitable<void> Session::execute() {
    Exchange& exchange = current();
    exchange.run_admission();
    if (exchange.answered) co_return;
    const bool has_body = !exchange.body.is_done();
    if (!has_body && exchange.endpoint->recall) {
        co_await let_others_catch_up();
        exchange.request.state_version = thread_.state_version();
        if (exchange.request.state_version) exchange.run_recall();
        if (exchange.answered) co_return;
    }
    exchange.find_owner();
    if (exchange.answered) co_return;
    const bool is_search = exchange.endpoint->pool == Pool::searching;
    if (!has_body || exchange.endpoint->guard) {
        auto first_step = [&]() noexcept {
            exchange.run_guard();
            if (!has_body && !is_search && !exchange.answered) exchange.run_handler();
        };
        co_await run_step(first_step);
    }
    if ((!has_body && !is_search) || exchange.answered) co_return;
    if (has_body) co_await read_body();
    if (is_lost_ || exchange.answered) co_return;
    auto last_step = [&]() noexcept {
        exchange.run_guard();
        if (!is_search && !exchange.answered) exchange.run_handler();
    };
    if (has_body) co_await run_step(last_step);
    if (is_search && !exchange.answered) co_await run_search();
}

/// Runs it where the endpoint wants it. Only the first step of a request can find the queue full: what has been let in
/// is carried through.
template <class Step>
Awaitable<void> Session::run_step(Step& step) {
    Exchange& exchange = current();
    if (exchange.endpoint->pool == Pool::none) {
        co_await let_others_catch_up();
        step();
        co_return;
    }
    WorkerPool& pool = server_.pool_of(*exchange.endpoint);
    PoolJob job(thread_, step);
    using enum WorkerPool::Admission;
    const Owner line = exchange.endpoint->line == nobody ? exchange.owner : exchange.endpoint->line;
    co_await job.run_on(pool, exchange.is_admitted ? granted : bounded, line);
    exchange.is_admitted = !job.was_refused();
    if (job.was_refused()) exchange.answer(server_is_busy().to_response());
}

bool Session::body_may_be_discarded() const {
    const auto length = current().parser.content_length();
    return !current().body_is_broken && !current().waits_for_continue() && length && *length <= most_discarded_bytes;
}

}  // namespace nassaq::http
