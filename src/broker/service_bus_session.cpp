#include "broker/service_bus_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <proton/connection_options.hpp>
#include <proton/error_condition.hpp>
#include <proton/message_id.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sasl.hpp>
#include <proton/sender_options.hpp>
#include <proton/source_options.hpp>
#include <proton/ssl.hpp>
#include <proton/target_options.hpp>
#include <proton/tracker.hpp>
#include <proton/transport.hpp>
#include <stdexcept>
#include <utility>

#include "base/id.hpp"
#include "base/log.hpp"
#include "broker/service_bus_reply.hpp"

namespace nassaq::broker::service_bus {
namespace {

using std::chrono::milliseconds;

/// Shorter than the outbox claims its rows for (jobs/outbox.hpp).
constexpr milliseconds publish_patience{20'000};
constexpr milliseconds connect_patience{5'000};
constexpr milliseconds idle_timeout{30'000};
/// How long a queue that cannot be received from is left alone.
constexpr milliseconds link_pause{5'000};
constexpr milliseconds resend_pause{100};
constexpr milliseconds tick_interval{100};
constexpr int most_releases = 10;
constexpr std::chrono::seconds token_life{3600};
constexpr std::chrono::seconds token_renewal{2700};
constexpr const char* token_node = "$cbs";
constexpr const char* token_reply_node = "nassaq-cbs";

proton::duration to_duration(milliseconds time) {
    return proton::duration(static_cast<proton::duration::numeric_type>(time.count()));
}

/// Proton does not ask it of an object that stands for nothing.
bool is_active(const auto& endpoint) {
    return !!endpoint && endpoint.active();
}

/// AMQP 1.0, 2.8.14 ff.: what the broker will say again next time.
bool is_refusal(const std::string& condition) {
    return condition == "amqp:not-found" || condition == "amqp:unauthorized-access" ||
           condition == "amqp:not-allowed" || condition == "amqp:link:message-size-exceeded";
}

proton::message to_amqp(const Message& message) {
    proton::message amqp;
    amqp.inferred(true);  // As a Data section.
    amqp.body(proton::binary(message.body));
    amqp.durable(true);
    amqp.content_type("application/json");
    amqp.id(proton::message_id(message.id));
    return amqp;
}

/// Others send their JSON as a value.
std::string body_of(const proton::message& message) {
    const proton::value& body = message.body();
    if (body.type() == proton::BINARY) {
        const auto bytes = proton::get<proton::binary>(body);
        return {bytes.begin(), bytes.end()};
    }
    return body.type() == proton::STRING ? proton::get<std::string>(body) : std::string();
}

std::string id_of(const proton::message& message) {
    const proton::message_id id = message.id();
    if (id.type() == proton::STRING) {
        return proton::get<std::string>(id);
    }
    return id.empty() ? std::string() : proton::to_string(id);
}

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
    request.id(proton::message_id(std::uint64_t{next_serial_++}));
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

// ---- the container's thread: sending

void Session::enqueue(const std::string& queue, const std::shared_ptr<Batch>& batch) {
    Outgoing& outgoing = outgoing_[queue];
    if (!is_active(outgoing.link)) {
        outgoing.link = connection_.open_sender(queue);
    }
    for (std::size_t index = 0; index < batch->messages.size(); ++index) {
        outgoing.waiting.push_back({.batch = batch, .index = index});
    }
    send(outgoing);
}

void Session::send(Outgoing& outgoing) {
    while (!outgoing.waiting.empty() && outgoing.link.credit() > 0) {
        Item item = std::move(outgoing.waiting.front());
        outgoing.waiting.pop_front();
        const auto tracker = outgoing.link.send(to_amqp(item.batch->messages[item.index]));
        outgoing.sent.insert_or_assign(tracker.tag(), std::move(item));
    }
}

void Session::on_sender_open(proton::sender& link) {
    on_sendable(link);
}

void Session::on_sendable(proton::sender& link) {
    if (link == token_sender_) {
        if (!has_put_token_ && link.credit() > 0) {
            has_put_token_ = true;
            put_token();
        }
        return;
    }
    // A link that is about to be refused has no target, but may have credit (AMQP 1.0, 2.6.3).
    if (link.credit() > 0 && !link.target().address().empty()) {
        answer_probe(link, "");
    }
    for (auto& [queue, outgoing] : outgoing_) {
        if (outgoing.link == link) {
            send(outgoing);
        }
    }
}

void Session::answer_probe(const proton::sender& link, const std::string& fault) {
    const auto found = std::ranges::find_if(probes_, [&](const Probe& probe) { return probe.link == link; });
    if (found == probes_.end()) {
        return;
    }
    Probe probe = std::move(*found);
    probes_.erase(found);
    probe.answer->set_value(fault);
    if (is_active(probe.link)) {
        probe.link.close();
    }
}

std::optional<Session::Item> Session::take(proton::tracker& tracker) {
    for (auto& [queue, outgoing] : outgoing_) {
        if (outgoing.link == tracker.sender()) {
            if (auto found = outgoing.sent.extract(tracker.tag())) {
                return std::move(found.mapped());
            }
        }
    }
    return std::nullopt;
}

void Session::close_item(const Item& item, std::optional<std::string> refusal) {
    Batch& batch = *item.batch;
    if (refusal) {
        batch.refusals.push_back({.message_id = batch.messages[item.index].id, .reason = std::move(*refusal)});
    }
    if (--batch.open == 0) {
        batch.promise.set_value(std::move(batch.refusals));
    }
}

void Session::on_tracker_accept(proton::tracker& tracker) {
    if (const auto item = take(tracker)) {
        close_item(*item, std::nullopt);
    }
}

void Session::on_tracker_reject(proton::tracker& tracker) {
    if (const auto item = take(tracker)) {
        close_item(*item, "the broker has rejected it");
    }
}

/// Proton calls it for `modified`, too.
void Session::on_tracker_release(proton::tracker& tracker) {
    auto item = take(tracker);
    if (!item) {
        return;
    }
    if (++item->releases > most_releases) {
        close_item(*item, "the broker has released it again and again");
        return;
    }
    const proton::sender link = tracker.sender();
    connection_.work_queue().schedule(to_duration(resend_pause), [this, link, again = std::move(*item)] {
        for (auto& [queue, outgoing] : outgoing_) {
            if (outgoing.link == link) {
                outgoing.waiting.push_front(again);
                send(outgoing);
            }
        }
    });
}

void Session::drop_sender(const proton::sender& link, const std::string& reason, bool refused) {
    const auto found = std::ranges::find_if(outgoing_, [&](const auto& entry) { return entry.second.link == link; });
    if (found == outgoing_.end()) {
        return;
    }
    Outgoing dropped = std::move(found->second);
    outgoing_.erase(found);  // The promises of what was not refused break: it is published again.
    for (const Item& item : dropped.waiting) {
        if (refused) {
            close_item(item, reason);
        }
    }
}

void Session::on_sender_error(proton::sender& link) {
    if (link == token_sender_) {
        error_ = link.error().what();
        connection_.close();
        return;
    }
    answer_probe(link, link.error().what());
    drop_sender(link, link.error().what(), is_refusal(link.error().name()));
}

/// Service Bus closes links on which nothing happens for ten minutes.
void Session::on_sender_close(proton::sender& link) {
    answer_probe(link, "the link was closed");
    drop_sender(link, "the link was closed", false);
}

// ---- the container's thread: receiving

/// As much credit as threads wait, so that no message lies locked here for nobody.
void Session::ask_for_messages() {
    const std::scoped_lock lock(mutex_);
    if (state_ != State::connected) {
        return;
    }
    const bool may_open = retry_links_at_ == never || Clock::now() > retry_links_at_;
    retry_links_at_ = may_open ? never : retry_links_at_;
    for (auto& [queue, inbox] : inboxes_) {
        while (inbox.ready.size() > inbox.waiting) {
            end_loan(inbox.ready.back().loan.serial, false);
            inbox.ready.pop_back();
        }
        Incoming& incoming = incoming_[queue];
        const std::size_t wanted = inbox.waiting - inbox.ready.size();
        if (wanted > 0 && may_open && !is_active(incoming.link)) {
            incoming = {.link = connection_.open_receiver(
                            queue, proton::receiver_options().credit_window(0).auto_accept(false))};
        }
        if (incoming.is_open && wanted > incoming.credit) {
            incoming.link.add_credit(static_cast<std::uint32_t>(wanted - incoming.credit));
            incoming.credit = wanted;
        }
    }
}

void Session::on_receiver_open(proton::receiver& link) {
    for (auto& [queue, incoming] : incoming_) {
        if (incoming.link == link) {
            incoming.is_open = true;
        }
    }
    ask_for_messages();
}

void Session::on_message(proton::delivery& delivery, proton::message& message) {
    if (delivery.receiver() == token_receiver_) {
        note_token(message);
        return;
    }
    const auto found =
        std::ranges::find_if(incoming_, [&](const auto& entry) { return entry.second.link == delivery.receiver(); });
    if (found == incoming_.end()) {
        delivery.release();
        return;
    }
    auto& [queue, incoming] = *found;
    incoming.credit -= std::min<std::size_t>(incoming.credit, 1);
    const std::uint64_t serial = next_serial_++;
    loans_.emplace(serial, delivery);
    locks_.keep(queue, delivery, message);
    {
        const std::scoped_lock lock(mutex_);
        inboxes_[queue].ready.push_back({.message = {.id = id_of(message), .body = body_of(message)},
                                         .loan = {.connection = generation_, .serial = serial}});
    }
    changed_.notify_all();
    ask_for_messages();
}

void Session::end_loan(std::uint64_t serial, bool is_done) {
    const auto found = loans_.find(serial);
    if (found == loans_.end()) {
        return;
    }
    locks_.forget(found->second);
    if (is_done) {
        found->second.accept();
    } else {
        found->second.release();
    }
    loans_.erase(found);
}

void Session::on_receiver_error(proton::receiver& link) {
    log::warning("nothing can be received from a queue of Service Bus",
                 {{"queue", link.source().address()}, {"error", link.error().what()}});
}

void Session::on_receiver_close(proton::receiver& link) {
    std::erase_if(incoming_, [&](const auto& entry) { return entry.second.link == link; });
    retry_links_at_ = Clock::now() + link_pause;
}

}  // namespace nassaq::broker::service_bus
