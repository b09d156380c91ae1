#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <proton/connection.hpp>
#include <proton/container.hpp>
#include <proton/delivery.hpp>
#include <proton/message.hpp>
#include <proton/messaging_handler.hpp>
#include <proton/receiver.hpp>
#include <proton/sender.hpp>
#include <proton/work_queue.hpp>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/backoff.hpp"
#include "broker/service_bus.hpp"
#include "broker/service_bus_locks.hpp"

/// The connection to Azure Service Bus, by Qpid Proton. https://qpid.apache.org/releases/qpid-proton-0.37.0/
namespace nassaq::broker::service_bus {

/// A loan means something only on the connection on which it came.
struct Loan {
    std::uint64_t connection = 0;
    std::uint64_t serial = 0;
};
struct Received {
    Message message;
    Loan loan;
};

/// One connection, made again with growing pauses when it breaks. Proton resends nothing and its reconnected links
/// cannot be trusted, so that each connection begins anew: what was not accepted is the caller's to send again.
///
/// Everything of Proton is touched by the container's thread alone; others hand it work. Safe to use from several
/// threads; errors are as those of Broker.
class Session final : private proton::messaging_handler {
public:
    explicit Session(ServiceBusAddress address);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    /// Gives back what is on loan.
    ~Session() override;

    std::vector<Refusal> publish(const std::string& queue, std::span<const Message> messages);
    std::optional<Received> receive(const std::string& queue, const std::stop_token& stop);
    void settle(const Loan& loan, bool is_done);
    void check();
    /// What the broker says that it is; empty when it does not.
    std::string product();
    /// Whether the broker would take messages for a queue. @return why not; empty when it would.
    std::string fault_of(const std::string& queue);

private:
    using Clock = std::chrono::steady_clock;
    static constexpr Clock::time_point never = Clock::time_point::max();

    enum class State { connecting, connected, away };

    struct Batch {
        std::vector<Message> messages;
        std::vector<Refusal> refusals;
        std::size_t open = 0;
        std::promise<std::vector<Refusal>> promise;
    };
    struct Item {
        std::shared_ptr<Batch> batch;
        std::size_t index = 0;
        int releases = 0;
    };
    struct Outgoing {
        proton::sender link;
        std::deque<Item> waiting;
        std::map<proton::binary, Item> sent;  ///< By delivery tag.
    };
    struct Incoming {
        proton::receiver link;
        bool is_open = false;
        std::size_t credit = 0;
    };
    /// A link that sends nothing: what becomes of it is the answer.
    struct Probe {
        proton::sender link;
        std::shared_ptr<std::promise<std::string>> answer;
    };
    /// Of a queue that somebody receives from; guarded by mutex_.
    struct Inbox {
        std::size_t waiting = 0;  ///< Threads.
        std::deque<Received> ready;
    };

    // Of the container's thread.
    void on_container_start(proton::container& container) override;
    void on_connection_open(proton::connection& connection) override;
    void on_sender_open(proton::sender& link) override;
    void on_sendable(proton::sender& link) override;
    void on_tracker_accept(proton::tracker& tracker) override;
    void on_tracker_reject(proton::tracker& tracker) override;
    void on_tracker_release(proton::tracker& tracker) override;
    void on_sender_error(proton::sender& link) override;
    void on_sender_close(proton::sender& link) override;
    void on_receiver_open(proton::receiver& link) override;
    void on_message(proton::delivery& delivery, proton::message& message) override;
    void on_receiver_error(proton::receiver& link) override;
    void on_receiver_close(proton::receiver& link) override;
    void on_connection_error(proton::connection& connection) override;
    void on_transport_error(proton::transport& transport) override;
    void on_transport_close(proton::transport& transport) override;
    void on_session_error(proton::session& session) override;
    void on_error(const proton::error_condition& condition) override;

    void connect();
    void note_ready();
    void put_token();
    void note_token(const proton::message& reply);
    void run_commands();
    void ask_for_messages();
    void enqueue(const std::string& queue, const std::shared_ptr<Batch>& batch);
    static void send(Outgoing& outgoing);
    std::optional<Item> take(proton::tracker& tracker);
    void drop_sender(const proton::sender& link, const std::string& reason, bool refused);
    void end_loan(std::uint64_t serial, bool is_done);
    void close();
    void tick();
    void answer_probe(const proton::sender& link, const std::string& fault);
    static void close_item(const Item& item, std::optional<std::string> refusal);

    void post(std::function<void()> command);
    void wake();

    ServiceBusAddress address_;
    Backoff backoff_{.base = std::chrono::milliseconds{250}, .cap = std::chrono::seconds{5}};

    // Of the container's thread.
    proton::connection connection_;
    std::map<std::string, Outgoing> outgoing_;
    std::map<std::string, Incoming> incoming_;
    std::map<std::uint64_t, proton::delivery> loans_;
    LockKeeper locks_;
    std::vector<Probe> probes_;
    std::uint64_t next_serial_ = 1;
    bool uses_tokens_ = false;      ///< PLAIN was refused.
    bool has_tried_both_ = false;   ///< Ways to log in, since one was taken.
    bool tries_other_way_ = false;  ///< Now, and without a pause.
    bool has_put_token_ = false;
    proton::sender token_sender_;
    proton::receiver token_receiver_;
    std::int64_t failures_ = 0;
    std::string error_;
    bool has_transport_ = false;  ///< From connect() until the transport is closed.
    bool is_closing_ = false;
    std::optional<Clock::time_point> reconnect_at_;
    Clock::time_point renew_at_ = never;        ///< The token.
    Clock::time_point retry_links_at_ = never;  ///< Those by which nothing could be received.
    Clock::time_point close_until_ = never;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    State state_ = State::connecting;  ///< This and what follows: guarded by mutex_.
    std::string last_error_;
    std::string product_;
    std::uint64_t generation_ = 0;  ///< Counts the connections.
    proton::work_queue* work_ = nullptr;
    std::deque<std::function<void()>> commands_;
    std::map<std::string, Inbox> inboxes_;

    std::atomic<bool> must_close_ = false;

    proton::container container_;
    std::jthread thread_;  ///< Last, so that it ends first.
};

}  // namespace nassaq::broker::service_bus
