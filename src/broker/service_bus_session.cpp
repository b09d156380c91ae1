#include "broker/service_bus_session.hpp"

#include <fmt/format.h>

#include <proton/connection_options.hpp>
#include <proton/error_condition.hpp>
#include <proton/message_id.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sasl.hpp>
#include <proton/ssl.hpp>
#include <proton/target_options.hpp>
#include <proton/transport.hpp>
#include <stdexcept>
#include <utility>

#include "base/id.hpp"
#include "base/log.hpp"
#include "broker/service_bus_proton.hpp"
#include "broker/service_bus_reply.hpp"

namespace nassaq::broker::service_bus {
namespace {

using std::chrono::milliseconds;

/// Shorter than the outbox claims its rows for (jobs/outbox.hpp).
constexpr milliseconds publish_patience{20'000};
constexpr milliseconds connect_patience{5'000};
constexpr milliseconds idle_timeout{30'000};
constexpr milliseconds tick_interval{100};
constexpr std::chrono::seconds token_life{3600};
constexpr std::chrono::seconds token_renewal{2700};
constexpr const char* token_node = "$cbs";
constexpr const char* token_reply_node = "nassaq-cbs";

/// AMQP 1.0, 2.7.1: what a peer may say of itself when it opens the connection.
std::string product_of(const proton::connection& connection) {
    std::string found;
    const auto properties = connection.properties();
    for (const char* key : {"product", "version"}) {
        const auto entry = properties.find(key);
        if (entry != properties.end() && entry->second.type() == proton::STRING) {
            found += (found.empty() ? "" : " ") + proton::get<std::string>(entry->second);
        }
    }
    return found;
}

}  // namespace

Session::Session(ServiceBusAddress address)
    : address_(std::move(address)), container_(*this, "nassaq-" + random_uuid()) {
    container_.auto_stop(false);
    thread_ = std::jthread([this] {
        try {
            container_.run();
        } catch (const std::exception& error) {
            log::error("the connection to Service Bus cannot go on", {{"error", error.what()}});
        }
    });
}

Session::~Session() {
    {
        const std::scoped_lock lock(mutex_);
        if (work_ != nullptr) {
            work_->add([this] { close(); });
        } else {
            must_close_ = true;  // What is scheduled before the container runs can be lost.
        }
    }
    thread_.join();
}

// ---- other threads

std::vector<Refusal> Session::publish(const std::string& queue, std::span<const Message> messages) {
    if (messages.empty()) {
        return {};
    }
    auto batch = std::make_shared<Batch>();
    batch->messages.assign(messages.begin(), messages.end());
    batch->open = messages.size();
    auto future = batch->promise.get_future();
    post([this, queue, batch] { enqueue(queue, batch); });
    batch.reset();  // A batch that is dropped breaks its promise.
    if (future.wait_for(publish_patience) != std::future_status::ready) {
        throw std::runtime_error("Service Bus does not answer");
    }
    try {
        return future.get();
    } catch (const std::future_error&) {
        throw std::runtime_error("the connection to Service Bus was lost before it had accepted all");
    }
}

std::optional<Received> Session::receive(const std::string& queue, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    Inbox& inbox = inboxes_[queue];
    ++inbox.waiting;
    wake();
    const bool is_there = changed_.wait(lock, stop, [&] { return !inbox.ready.empty(); });
    --inbox.waiting;
    if (!is_there || stop.stop_requested()) {
        wake();  // What has come for this thread goes back, or to another.
        return std::nullopt;
    }
    Received received = std::move(inbox.ready.front());
    inbox.ready.pop_front();
    return received;
}

void Session::settle(const Loan& loan, bool is_done) {
    const std::scoped_lock lock(mutex_);
    if (loan.connection != generation_ || state_ != State::connected) {
        return;  // The broker ends the lock by itself.
    }
    commands_.emplace_back([this, serial = loan.serial, is_done] { end_loan(serial, is_done); });
    wake();
}

void Session::check() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, connect_patience, [&] { return state_ != State::connecting; });
    if (state_ != State::connected) {
        throw std::runtime_error("Service Bus is away: " + last_error_);
    }
}

std::string Session::product() {
    const std::scoped_lock lock(mutex_);
    return product_;
}

std::string Session::fault_of(const std::string& queue) {
    const auto answer = std::make_shared<std::promise<std::string>>();
    auto future = answer->get_future();
    post([this, queue, answer] { probes_.push_back({.link = connection_.open_sender(queue), .answer = answer}); });
    if (future.wait_for(connect_patience) != std::future_status::ready) {
        return "the broker does not answer, or takes no more messages for it now";
    }
    return future.get();
}

void Session::post(std::function<void()> command) {
    check();
    const std::scoped_lock lock(mutex_);
    if (state_ != State::connected) {
        throw std::runtime_error("Service Bus is away: " + last_error_);
    }
    commands_.push_back(std::move(command));
    wake();
}

/// With mutex_ held: then the connection is not about to go.
void Session::wake() {
    if (work_ != nullptr) {
        work_->add([this] { run_commands(); });
    }
}

// ---- the container's thread: the connection

void Session::on_container_start(proton::container& /*container*/) {
    connect();
    tick();
}

void Session::connect() {
    if (is_closing_) {
        return;
    }
    proton::connection_options options(*this);
    options.idle_timeout(to_duration(idle_timeout)).virtual_host(address_.host).sasl_enabled(true);
    if (uses_tokens_) {
        options.sasl_allowed_mechs("ANONYMOUS");
    } else {
        options.user(address_.key_name).password(address_.key).sasl_allowed_mechs("PLAIN");
        options.sasl_allow_insecure_mechs(!address_.uses_tls);
    }
    if (address_.uses_tls) {
        options.ssl_client_options(address_.ca_file.empty()
                                       ? proton::ssl_client_options()
                                       : proton::ssl_client_options(address_.ca_file, proton::ssl::VERIFY_PEER_NAME));
    }
    error_.clear();
    has_transport_ = true;
    container_.connect(fmt::format("{}://{}:{}", address_.uses_tls ? "amqps" : "amqp", address_.host, address_.port),
                       options);
}

void Session::on_connection_open(proton::connection& connection) {
    connection_ = connection;
    if (is_closing_) {
        connection_.close();
        return;
    }
    if (!uses_tokens_) {
        note_ready();
        return;
    }
    has_put_token_ = false;
    token_sender_ = connection.open_sender(token_node);
    token_receiver_ = connection.open_receiver(
        token_node, proton::receiver_options().target(proton::target_options().address(token_reply_node)));
}

void Session::note_ready() {
    failures_ = 0;
    has_tried_both_ = false;
    log::info("connected to Service Bus",
              {{"host", address_.host}, {"authentication", uses_tokens_ ? "CBS" : "PLAIN"}});
    {
        const std::scoped_lock lock(mutex_);
        ++generation_;
        product_ = product_of(connection_);
        state_ = State::connected;
        work_ = &connection_.work_queue();
    }
    changed_.notify_all();
    ask_for_messages();
}

/// OASIS, "AMQP Claims-based Security 1.0", as Microsoft Learn describes it in "AMQP 1.0 protocol guide".
void Session::put_token() {
    const std::string audience = fmt::format("sb://{}/{}", address_.host, address_.entity_path);
    const auto expiry = std::chrono::system_clock::now() + token_life;
    proton::message request;
    request.id(proton::message_id(next_serial_++));
    request.reply_to(token_reply_node);
    request.properties().put("operation", "put-token");
    request.properties().put("type", "servicebus.windows.net:sastoken");
    request.properties().put("name", audience);
    request.body(shared_access_signature(
        address_, audience, std::chrono::duration_cast<std::chrono::seconds>(expiry.time_since_epoch()).count()));
    token_sender_.send(request);
}

void Session::note_token(const proton::message& reply) {
    const std::int64_t code = status_of(reply);
    if (code < 200 || code >= 300) {
        error_ = fmt::format("the token was refused (status {})", code);
        connection_.close();
        return;
    }
    bool is_new = false;
    {
        const std::scoped_lock lock(mutex_);
        is_new = state_ != State::connected;
    }
    if (is_new) {
        note_ready();
    }
    renew_at_ = Clock::now() + token_renewal;
}

void Session::on_connection_error(proton::connection& connection) {
    error_ = connection.error().what();
}

void Session::on_transport_error(proton::transport& transport) {
    error_ = transport.error().what();
    // Whoever refuses one way may take the other; a wrong key is refused both ways, in turn.
    if (transport.error().name() == "amqp:unauthorized-access") {
        uses_tokens_ = !uses_tokens_;
        tries_other_way_ = !std::exchange(has_tried_both_, true);
    }
}

void Session::on_session_error(proton::session& session) {
    error_ = session.error().what();
    session.connection().close();
}

void Session::on_error(const proton::error_condition& condition) {
    error_ = condition.what();
}

void Session::on_transport_close(proton::transport& /*transport*/) {
    const bool at_once = std::exchange(tries_other_way_, false);
    {
        const std::scoped_lock lock(mutex_);
        work_ = nullptr;
        state_ = at_once && state_ == State::connecting ? State::connecting : State::away;
        last_error_ = error_.empty() ? "the connection was closed" : error_;
        commands_.clear();
        for (auto& [queue, inbox] : inboxes_) {
            inbox.ready.clear();
        }
    }
    changed_.notify_all();
    has_transport_ = false;
    outgoing_.clear();
    incoming_.clear();
    loans_.clear();
    locks_.forget_all();
    while (!probes_.empty()) {
        answer_probe(probes_.back().link, last_error_);
    }
    token_sender_ = {};
    token_receiver_ = {};
    connection_ = {};
    renew_at_ = never;
    if (is_closing_) {
        return;
    }
    if (at_once) {
        reconnect_at_ = Clock::now();
        return;
    }
    const auto delay = backoff_.delay(++failures_);
    log::warning("Service Bus is away", {{"error", last_error_}, {"next_try_ms", delay.count()}});
    reconnect_at_ = Clock::now() + delay;
}

void Session::close() {
    is_closing_ = true;
    close_until_ = Clock::now() + connect_patience;
    for (auto& [serial, delivery] : loans_) {
        delivery.release();
    }
    if (is_active(connection_)) {
        connection_.close();
    }
}

/// The one timer that there is: a container does not stop before those that run have gone off.
void Session::tick() {
    const auto time = Clock::now();
    if (must_close_.exchange(false)) {
        if (is_active(connection_)) {
            connection_.work_queue().add([this] { close(); });
        } else {
            close();
        }
    }
    if (is_closing_ && (!has_transport_ || time > close_until_)) {
        container_.stop();
        return;
    }
    if (reconnect_at_ && time > *reconnect_at_) {
        reconnect_at_.reset();
        connect();
    }
    if (time > renew_at_ || time > retry_links_at_ || locks_.is_due()) {
        const std::scoped_lock lock(mutex_);
        wake();
    }
    container_.schedule(to_duration(tick_interval), [this] { tick(); });
}

void Session::run_commands() {
    std::deque<std::function<void()>> commands;
    {
        const std::scoped_lock lock(mutex_);
        commands.swap(commands_);
    }
    for (const auto& command : commands) {
        command();
    }
    if (Clock::now() > renew_at_ && is_active(token_sender_)) {
        renew_at_ = Clock::now() + token_renewal;
        put_token();
    }
    if (is_active(connection_)) {
        locks_.renew(connection_);
    }
    ask_for_messages();
}

}  // namespace nassaq::broker::service_bus
