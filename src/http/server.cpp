#include "http/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <unordered_map>

#include "base/log.hpp"
#include "http/problem.hpp"
#include "http/response_head.hpp"
#include "http/server_context.hpp"
#include "http/session.hpp"
#include "http/tls_relay.hpp"

namespace nassaq::http {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

/// How often connections that outlast the grace of a stop are closed, until all are gone.
constexpr std::chrono::milliseconds cut_interval{100};
/// So many searches of one user may wait.
constexpr std::size_t most_waiting_searches = 64;
/// And one in so many of the threads that search is kept for those who have no search running, but at least one is.
constexpr unsigned kept_of_searching = 4;
/// Besides connections: the database, spool files, child processes and whatever libraries open.
constexpr rlim_t other_open_files = 512;

/// How often deadlines are looked at: often enough that the shortest is kept to within an eighth.
Clock::duration tick_for(const Limits& limits) {
    using std::chrono::milliseconds;
    const milliseconds shortest = std::min({limits.header_timeout, limits.idle_timeout, limits.stall_timeout,
                                            limits.body_timeout, limits.body_rate_window});
    return std::clamp(shortest / 8, milliseconds(10), milliseconds(500));
}

/// Raises the soft limit of open files as far as the connections need it and the hard limit lets it.
void allow_open_files(std::size_t connections, bool with_tls) {
    rlimit limit{};
    const rlim_t wanted = connections * (with_tls ? 3 : 1) + other_open_files;  // A TlsRelay has a pair of sockets.
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted) {
        log::warning("the limit of open files is too low for all connections",
                     {{"limit", limit.rlim_cur}, {"wanted", wanted}});
    }
}

/// Counts connections, in all and by client, from their acceptance to the end of their coroutine, and lets one wait for
/// the last.
class ConnectionCount {
public:
    /// @param client        whom it counts for; nobody when empty
    /// @param client_limit  0 = no limit
    /// @return false when the client has as many as it may have; it is not counted then.
    bool add(const std::string& client, std::size_t client_limit) {
        const std::scoped_lock lock(mutex_);
        if (!client.empty()) {
            std::size_t& of_client = by_client_[client];
            if (client_limit != 0 && of_client >= client_limit) return false;
            ++of_client;
        }
        ++count_;
        return true;
    }
    void remove(const std::string& client) {
        // Under the lock, so that a waiter cannot miss it between looking and sleeping.
        const std::scoped_lock lock(mutex_);
        const auto found = by_client_.find(client);
        if (found != by_client_.end() && --found->second == 0) by_client_.erase(found);
        if (--count_ == 0) none_left_.notify_all();
    }
    [[nodiscard]] std::size_t value() const { return count_; }

    bool wait_for_none(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        return none_left_.wait_for(lock, time, [this] { return count_ == 0; });
    }

private:
    std::atomic<std::size_t> count_{0};
    std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> by_client_;
    std::condition_variable none_left_;
};

/// The place of a connection in the count, until the last of those who work on it is done.
class Place {
public:
    Place(ConnectionCount& count, std::string client) : count_(count), client_(std::move(client)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { count_.remove(client_); }

private:
    ConnectionCount& count_;
    std::string client_;
};

/// Nothing when the client has gone already.
std::optional<IpAddress> address_of(const TcpSocket& socket) {
    ErrorCode error;
    const auto endpoint = socket.remote_endpoint(error);
    if (error) return std::nullopt;
    return IpAddress::parse(endpoint.address().to_string());
}

}  // namespace

ServerContext::ServerContext(ServerOptions options, std::vector<Endpoint> all_endpoints, Spool& upload_spool)
    : limits(options.limits),
      endpoints(std::move(all_endpoints)),
      cors(std::move(options.cors_origins)),
      trusted_proxies(options.trusted_proxies),
      tls(std::move(options.tls)),
      on_finished(std::move(options.on_finished)),
      spool(upload_spool),
      uploads(limits.uploads, limits.uploads / 4),
      event_streams(limits.event_streams, limits.event_streams / 16),
      body_memory(limits.body_memory_bytes, limits.body_memory_bytes / 4),
      answer_memory(limits.answer_bytes, limits.answer_bytes / 4),
      general({.name = "http-work",
               .threads = options.general_threads + options.spare_threads,
               .threads_of_one = options.general_threads,
               .threads_kept = options.spare_threads,
               .queue_limit = limits.queued_requests}),
      hashing({.name = "http-hash", .threads = options.hashing_threads, .queue_limit = limits.queued_requests}),
      searching({.name = "http-search",
                 .threads = options.searching_threads,
                 .threads_of_one = static_cast<unsigned>(limits.searches_per_user),
                 .threads_kept = std::max(1U, options.searching_threads / kept_of_searching),
                 .queue_limit = limits.queued_requests,
                 .queue_limit_of_one = most_waiting_searches}),
      // As many as there may be connections: nobody is told that all is not well because many ask whether it is.
      health({.name = "http-health",
              .threads = 2,
              .threads_of_one = 1,
              .queue_limit = limits.connections,
              .queue_limit_of_one = limits.connections}) {}

class Server::Implementation {
public:
    Implementation(const ServerOptions& options, std::vector<Endpoint> endpoints, Spool& spool)
        : host_(options.host), port_(options.port), context_(options, std::move(endpoints), spool) {
        for (unsigned i = 0; i < std::max(options.io_threads, 1U); ++i) {
            threads_.push_back(std::make_unique<IoThread>("http-io-" + std::to_string(i), tick_for(options.limits),
                                                          options.state_version));
        }
    }

    void start();
    void stop(std::chrono::milliseconds grace);
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::size_t connection_count() const { return connections_.value(); }
    [[nodiscard]] std::size_t queued_requests(Pool pool) { return context_.pool_of(pool).queued(); }

private:
    void listen();
    Awaitable<void> accept();
    using SharedPlace = std::shared_ptr<Place>;
    Awaitable<void> serve(Socket socket, Peer peer, IoThread& thread, SharedPlace place);
    Awaitable<void> serve_tls(TcpSocket socket, Peer peer, IoThread& thread, SharedPlace place);
    /// Lets a coroutine run on the thread, and writes down what it did not catch.
    static void run(IoThread& thread, Awaitable<void> work);
    using Carry = Awaitable<void> (TlsRelay::*)();
    static Awaitable<void> run_relay(std::shared_ptr<TlsRelay> relay, Carry carry, SharedPlace place);
    void admit(TcpSocket socket, IoThread& thread);
    [[nodiscard]] std::string counted_client(const IpAddress& address) const;
    void refuse(TcpSocket& socket, const Problem& problem);
    IoThread& next_thread() { return *threads_[turn_++ % threads_.size()]; }
    /// Runs it on each I/O thread.
    template <class Action>
    void on_each_thread(Action action);

    std::string host_;
    std::uint16_t port_;
    ConnectionCount connections_;
    // The pools have to end before the threads that their jobs report to are gone; the sessions, which live on the
    // threads, before the pools: stop() sees to that.
    std::vector<std::unique_ptr<IoThread>> threads_;
    std::size_t turn_ = 0;
    std::optional<Acceptor> acceptor_;
    std::promise<void> accept_ended_;
    ServerContext context_;
    bool is_running_ = false;
};

bool is_listen_address(const std::string& host) {
    ErrorCode error;
    asio::ip::make_address(host, error);
    return !error;
}

void Server::Implementation::listen() {
    const std::string where = host_ + ':' + std::to_string(port_);
    try {
        const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(host_), port_);
        acceptor_.emplace(threads_.front()->context());
        acceptor_->open(endpoint.protocol());
        acceptor_->set_option(asio::socket_base::reuse_address(true));
        acceptor_->set_option(asio::ip::tcp::no_delay(true));  // Linux hands it on to accepted sockets.
        acceptor_->bind(endpoint);
        acceptor_->listen();
        port_ = acceptor_->local_endpoint().port();
    } catch (const boost::system::system_error& error) {
        throw boost::system::system_error(error.code(), "cannot listen on " + where);
    }
}

void Server::Implementation::start() {
    allow_open_files(context_.limits.connections, context_.tls != nullptr);
    listen();
    for (const auto& thread : threads_) {
        thread->start();
    }
    is_running_ = true;
    asio::co_spawn(threads_.front()->context(), accept(),
                   [this](const std::exception_ptr&) { accept_ended_.set_value(); });
}

Awaitable<void> Server::Implementation::accept() {
    asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> pause(threads_.front()->context());
    Acceptor& acceptor = *acceptor_;  // NOLINT(bugprone-unchecked-optional-access): listen() has made it.
    while (acceptor.is_open()) {
        IoThread& thread = next_thread();
        TcpSocket socket(thread.context());
        ErrorCode error;
        co_await acceptor.async_accept(socket, into(error));
        if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
        if (error) {
            // Out of descriptors or memory: it helps nobody to try again at once.
            log::warning("cannot accept a connection", {{"error", error.message()}});
            pause.expires_after(std::chrono::milliseconds(100));
            co_await pause.async_wait(into(error));
        } else {
            admit(std::move(socket), thread);
        }
    }
}

void Server::Implementation::admit(TcpSocket socket, IoThread& thread) {
    const auto address = address_of(socket);
    if (!address) return;
    if (connections_.value() >= context_.limits.connections) {
        refuse(socket, server_is_busy());
        return;
    }
    std::string client = counted_client(*address);
    if (!connections_.add(client, context_.limits.connections_per_client)) {
        refuse(socket,
               Problem(429, RefusalCode::too_many_connections, "Too many connections").with_header("retry-after", "1"));
        return;
    }
    auto place = std::make_shared<Place>(connections_, std::move(client));
    Peer peer{.address = address->to_string(), .uses_tls = context_.tls != nullptr};
    if (peer.uses_tls) {
        run(thread, serve_tls(std::move(socket), std::move(peer), thread, std::move(place)));
    } else {
        run(thread, serve(std::move(socket), std::move(peer), thread, std::move(place)));
    }
}

/// Behind a trusted proxy are many clients, so it is not counted.
std::string Server::Implementation::counted_client(const IpAddress& address) const {
    return context_.trusted_proxies.contains(address) ? std::string() : client_network(address);
}

/// One connection too many is told so rather than left waiting in the kernel's queue, where neither the client nor a
/// load balancer could tell a full server from a dead one. As far as that goes without waiting for the client: with TLS
/// it is closed, since telling it anything would take a handshake.
void Server::Implementation::refuse(TcpSocket& socket, const Problem& problem) {
    if (context_.tls) return;
    IoThread& thread = *threads_.front();
    const std::string answer = to_closing_answer(problem.to_response(), thread.date(), thread.new_request_id());
    ErrorCode ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(answer), ignored);
    socket.shutdown(TcpSocket::shutdown_send, ignored);
}

void Server::Implementation::run(IoThread& thread, Awaitable<void> work) {
    asio::co_spawn(thread.context(), std::move(work), [](const std::exception_ptr& thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            log::error("connection given up", {{"error", error.what()}});
        }
    });
}

Awaitable<void> Server::Implementation::serve(Socket socket, Peer peer, IoThread& thread, SharedPlace) {
    Session session(std::move(socket), std::move(peer), context_, thread);
    co_await session.run();
}

Awaitable<void> Server::Implementation::serve_tls(TcpSocket socket, Peer peer, IoThread& thread, SharedPlace place) {
    const auto relay =
        std::make_shared<TlsRelay>(std::move(socket), context_.tls->new_session(), context_.limits, thread);
    std::optional<Socket> end = co_await relay->open();
    if (!end) co_return;
    run(thread, run_relay(relay, &TlsRelay::carry_to_session, place));
    run(thread, run_relay(relay, &TlsRelay::carry_to_client, place));
    co_await serve(std::move(*end), std::move(peer), thread, std::move(place));
}

Awaitable<void> Server::Implementation::run_relay(std::shared_ptr<TlsRelay> relay, Carry carry, SharedPlace) {
    try {
        co_await (*relay.*carry)();
    } catch (...) {
        relay->close();  // Or the other half would wait for this one.
        throw;
    }
}

template <class Action>
void Server::Implementation::on_each_thread(Action action) {
    for (const auto& thread : threads_) {
        asio::post(thread->context(), [&thread = *thread, action] { action(thread); });
    }
}

void Server::Implementation::stop(std::chrono::milliseconds grace) {
    if (!std::exchange(is_running_, false)) return;
    asio::post(threads_.front()->context(), [this] {
        ErrorCode ignored;
        acceptor_->close(ignored);
    });
    // From here on no connection is added: one that came after the last look would be left to a thread that has ended.
    accept_ended_.get_future().wait();
    on_each_thread([](IoThread& thread) { thread.begin_stop(); });
    if (!connections_.wait_for_none(grace)) {
        log::warning("connections cut at the end of the grace period", {{"connections", connections_.value()}});
        // Again and again, for one may be about to wait for its client, or in the middle of a handshake.
        do {
            on_each_thread([](IoThread& thread) { thread.close_all(); });
        } while (!connections_.wait_for_none(cut_interval));
    }
    for (const auto& thread : threads_) {
        thread->join();
    }
}

Server::Server(const ServerOptions& options, std::vector<Endpoint> endpoints, Spool& spool)
    : implementation_(std::make_unique<Implementation>(options, std::move(endpoints), spool)) {}

Server::~Server() {
    stop(std::chrono::milliseconds(0));
}

void Server::start() {
    implementation_->start();
}

std::uint16_t Server::port() const {
    return implementation_->port();
}

void Server::stop(std::chrono::milliseconds grace) {
    implementation_->stop(grace);
}

std::size_t Server::connection_count() const {
    return implementation_->connection_count();
}

std::size_t Server::queued_requests(Pool pool) const {
    return implementation_->queued_requests(pool);
}

}  // namespace nassaq::http
