#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/rabbitmq_link.hpp"

namespace nassaq::broker::rabbitmq {

/// Publishes over a connection of its own, so that a broker that blocks publishers does not block consumers
/// (rabbitmq.com/docs/connections#flow-control). Messages of several callers go out without waiting for the confirms of
/// those before them, up to a window. Safe to use from several threads; errors are as those of Broker.
class Publisher final : public LinkUser {
public:
    explicit Publisher(const AmqpAddress& address);

    std::vector<Refusal> publish(std::string_view queue, std::span<const Message> messages);
    std::uint64_t depth(std::string_view queue);
    std::uint64_t purge(std::string_view queue);
    void check();

private:
    using Clock = std::chrono::steady_clock;

    /// The messages of one publish().
    struct Batch {
        std::string queue;
        std::vector<Message> messages;
        std::vector<Refusal> refusals;
        std::size_t open = 0;  ///< Those that are neither taken nor refused.
        std::promise<std::vector<Refusal>> promise;
        bool has_failed = false;
        std::optional<std::string> queue_refusal;  ///< Why there is no such queue.
    };
    struct Item {
        std::shared_ptr<Batch> batch;
        std::size_t index = 0;
        int returns = 0;  ///< How often no queue took it.
    };
    struct Sent {
        Item item;
        Clock::time_point time;
        bool is_settled = false;
        std::optional<std::string> return_reason;
    };

    void on_connected(Connection& connection) override;
    void on_event(Connection& connection, Event event) override;
    void on_turn(Connection& connection) override;
    void on_lost(const std::string& reason) override;

    void send(Connection& connection);
    void make_sure_of_queue(Connection& connection, Batch& batch);
    void note_return(const Returned& returned);
    void note_confirm(const Confirmed& confirmed);
    void settle(Sent& sent, bool is_taken);
    void forget_settled();
    void set_blocked(std::optional<std::string> reason);
    void restart_confirm_clocks();
    void fail_unsent(const std::string& reason);
    void require_confirms_in_time() const;

    static void close_item(const Item& item, std::optional<std::string> refusal);

    // Of the link's thread.
    std::deque<Item> to_send_;
    std::deque<Sent> sent_;
    std::uint64_t first_tag_ = 1;  ///< Of the front of sent_.
    std::set<std::string, std::less<>> known_queues_;

    std::mutex mutex_;
    std::optional<std::string> blocked_;  ///< Why the broker reads nothing of this connection; guarded by mutex_.

    Link link_;  ///< Last, so that its thread ends first.
};

}  // namespace nassaq::broker::rabbitmq
