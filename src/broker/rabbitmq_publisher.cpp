#include "broker/rabbitmq_publisher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <type_traits>

#include "base/log.hpp"

namespace nassaq::broker::rabbitmq {
namespace {

/// How many messages may be on the way, sent and not confirmed.
constexpr std::size_t window = 1'000;
/// A broker that confirms nothing for so long is as good as gone, although it may still answer heartbeats.
constexpr std::chrono::seconds confirm_timeout{15};
constexpr std::chrono::seconds publish_patience{30};
constexpr std::chrono::seconds answer_patience{3};
/// How often a message that no queue took is sent again, after the queue has been declared again.
constexpr int most_returns = 2;

/// Limits of AMQP 0-9-1 (short strings) and of RabbitMQ (max_message_size, 128 MiB from 3.8 on, and a share of that is
/// more than any message of ours). A message beyond them would cost the connection, and the others with it.
constexpr std::size_t longest_name = 255;
constexpr std::size_t largest_body = std::size_t{16} << 20;

std::optional<std::string> find_fault(std::string_view queue, const Message& message) {
    if (queue.empty() || queue.size() > longest_name) {
        return fmt::format("the queue's name has {} bytes; 1 to {} are possible", queue.size(), longest_name);
    }
    if (message.id.size() > longest_name) {
        return fmt::format("its id has {} bytes; {} are possible", message.id.size(), longest_name);
    }
    if (message.body.size() > largest_body) {
        return fmt::format("it has {} bytes; {} are possible", message.body.size(), largest_body);
    }
    return std::nullopt;
}

}  // namespace

Publisher::Publisher(const AmqpAddress& address) : link_(address, "publisher", *this) {}

std::vector<Refusal> Publisher::publish(std::string_view queue, std::span<const Message> messages) {
    auto batch = std::make_shared<Batch>();
    batch->queue = queue;
    for (const Message& message : messages) {
        if (auto fault = find_fault(queue, message)) {
            batch->refusals.push_back({.message_id = message.id.substr(0, longest_name), .reason = std::move(*fault)});
        } else {
            batch->messages.push_back(message);
        }
    }
    if (batch->messages.empty()) {
        return std::move(batch->refusals);
    }
    batch->open = batch->messages.size();
    auto future = batch->promise.get_future();
    link_.post([this, batch](Connection&) {
        for (std::size_t i = 0; i < batch->messages.size(); ++i) {
            to_send_.push_back({.batch = batch, .index = i});
        }
    });
    batch.reset();  // So that a lost connection breaks the promise.
    return link_.wait_for(future, publish_patience);
}

std::uint64_t Publisher::depth(std::string_view queue) {
    return link_.ask(
        [name = std::string(queue)](Connection& connection) { return connection.find_queue(name).value_or(0); },
        answer_patience);
}

std::uint64_t Publisher::purge(std::string_view queue) {
    return link_.ask([name = std::string(queue)](
                         Connection& connection) { return connection.find_queue(name) ? connection.purge(name) : 0; },
                     answer_patience);
}

void Publisher::check() {
    link_.check();
    const std::scoped_lock lock(mutex_);
    if (blocked_) {
        throw std::runtime_error("RabbitMQ takes no messages: " + *blocked_);
    }
}

void Publisher::on_connected(Connection& connection) {
    connection.select_confirms();
}

void Publisher::on_event(Connection& /*connection*/, Event event) {
    std::visit(
        [this](const auto& happened) {
            using Happened = std::remove_cvref_t<decltype(happened)>;
            if constexpr (std::is_same_v<Happened, Confirmed>) {
                note_confirm(happened);
            } else if constexpr (std::is_same_v<Happened, Returned>) {
                note_return(happened);
            } else if constexpr (std::is_same_v<Happened, Blocked>) {
                set_blocked(happened.reason);
            } else if constexpr (std::is_same_v<Happened, Unblocked>) {
                set_blocked(std::nullopt);
                restart_confirm_clocks();
            }
        },
        event);
}

void Publisher::on_turn(Connection& connection) {
    std::optional<std::string> blocked;
    {
        const std::scoped_lock lock(mutex_);
        blocked = blocked_;
    }
    if (blocked) {
        fail_unsent("RabbitMQ takes no messages: " + *blocked);
    } else {
        require_confirms_in_time();
        send(connection);
    }
}

/// The promises of the batches break with them, and tell the callers.
void Publisher::on_lost(const std::string& /*reason*/) {
    to_send_.clear();
    sent_.clear();
    first_tag_ = 1;
    known_queues_.clear();
    const std::scoped_lock lock(mutex_);
    blocked_.reset();
}

void Publisher::send(Connection& connection) {
    while (!to_send_.empty() && sent_.size() < window) {
        const Item item = std::move(to_send_.front());
        to_send_.pop_front();
        make_sure_of_queue(connection, *item.batch);
        if (item.batch->queue_refusal) {
            close_item(item, item.batch->queue_refusal);
            continue;
        }
        connection.publish(item.batch->queue, item.batch->messages[item.index]);
        sent_.push_back({.item = item, .time = Clock::now()});
    }
}

void Publisher::make_sure_of_queue(Connection& connection, Batch& batch) {
    if (batch.queue_refusal || known_queues_.contains(batch.queue)) {
        return;
    }
    try {
        connection.declare(batch.queue);
        known_queues_.insert(batch.queue);
    } catch (const Refused& refused) {
        batch.queue_refusal = refused.what();
    }
}

void Publisher::note_return(const Returned& returned) {
    const auto found = std::ranges::find_if(sent_, [&](const Sent& sent) {
        return !sent.is_settled && !sent.return_reason &&
               sent.item.batch->messages[sent.item.index].id == returned.message_id;
    });
    if (found != sent_.end()) {
        found->return_reason = returned.reason;
    }
}

void Publisher::note_confirm(const Confirmed& confirmed) {
    if (confirmed.tag < first_tag_ || confirmed.tag - first_tag_ >= sent_.size()) {
        throw ConnectionError(fmt::format("the broker confirmed message {}, which was not sent", confirmed.tag));
    }
    const std::size_t last = confirmed.tag - first_tag_;
    for (std::size_t i = confirmed.is_multiple ? 0 : last; i <= last; ++i) {
        settle(sent_[i], confirmed.is_taken);
    }
    forget_settled();
}

void Publisher::settle(Sent& sent, bool is_taken) {
    if (std::exchange(sent.is_settled, true)) {
        return;
    }
    if (!is_taken) {
        close_item(sent.item, "the broker could not keep it (basic.nack)");
    } else if (!sent.return_reason) {
        close_item(sent.item, std::nullopt);
    } else if (sent.item.returns < most_returns) {
        // Somebody has deleted the queue: it is made again.
        known_queues_.erase(sent.item.batch->queue);
        to_send_.push_back({.batch = sent.item.batch, .index = sent.item.index, .returns = sent.item.returns + 1});
    } else {
        close_item(sent.item, sent.return_reason);
    }
}

void Publisher::forget_settled() {
    while (!sent_.empty() && sent_.front().is_settled) {
        sent_.pop_front();
        ++first_tag_;
    }
}

void Publisher::close_item(const Item& item, std::optional<std::string> refusal) {
    Batch& batch = *item.batch;
    if (refusal) {
        batch.refusals.push_back({.message_id = batch.messages[item.index].id, .reason = std::move(*refusal)});
    }
    if (--batch.open == 0 && !batch.has_failed) {
        batch.promise.set_value(std::move(batch.refusals));
    }
}

void Publisher::set_blocked(std::optional<std::string> reason) {
    log::warning(reason ? "RabbitMQ blocks publishers" : "RabbitMQ takes messages again",
                 {{"reason", reason ? *reason : std::string()}});
    const std::scoped_lock lock(mutex_);
    blocked_ = std::move(reason);
}

/// What was sent before the broker was blocked is read only now.
void Publisher::restart_confirm_clocks() {
    for (Sent& sent : sent_) {
        sent.time = Clock::now();
    }
}

void Publisher::fail_unsent(const std::string& reason) {
    for (const Item& item : to_send_) {
        if (!std::exchange(item.batch->has_failed, true)) {
            item.batch->promise.set_exception(std::make_exception_ptr(std::runtime_error(reason)));
        }
    }
    to_send_.clear();
}

void Publisher::require_confirms_in_time() const {
    if (!sent_.empty() && Clock::now() - sent_.front().time > confirm_timeout) {
        throw ConnectionError(fmt::format("no confirm for {} s", confirm_timeout.count()));
    }
}

}  // namespace nassaq::broker::rabbitmq
