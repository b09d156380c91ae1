#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "db/session.hpp"
#include "jobs/stage.hpp"

/// Users take turns in the queue of each stage: of each at most one message waits in it, and the others in the outbox.
/// So whoever comes with one document waits for no more than one of each other user, besides those that are being
/// worked on. docs/decisions/0070-users-take-turns-in-the-queue.md
namespace nassaq::jobs {

/// A message of the outbox that may go out now.
struct DueMessage {
    std::int64_t outbox_id = 0;
    Timestamp available_at;
    std::string queue_name;
    std::int64_t doc_id = 0;
    std::int64_t user_id = 0;               ///< Whose turn it takes; 0: none.
    std::string stage;                      ///< In which stage.
    std::optional<std::int64_t> last_turn;  ///< The outbox id of the user's turn before in that stage, if any.
};

struct DueMessages {
    std::vector<DueMessage> messages;
    bool has_held_back = false;  ///< Whether a message is due whose user has one in the queue.
    /// A queue in which such a one is said to wait for more than a moment.
    std::optional<std::string> queue_in_question;
    std::int64_t last_user = 0;  ///< The last user that was looked at: where to go on.
};

/// What to look for.
struct DueSearch {
    Timestamp time;
    std::chrono::seconds lease{0};       ///< How long messages of the outbox are claimed.
    std::size_t limit = 512;             ///< Of messages that take no turn.
    std::int64_t behind_user = 0;        ///< Users are asked in the order of their ids from behind this one on, around.
    std::chrono::seconds patience{300};  ///< A message that is said to wait in the queue for longer is taken for lost.
};

/// At most one message a document and queue, its first, and one a user and stage. Those of low priority only when
/// nobody else has any. Reads a few entries of indexes a user and stage, however many messages wait.
DueMessages find_due_messages(db::Session& session, const Stages& stages, const DueSearch& search);

/// Takes the turns of these messages, as far as nobody has since they were found.
/// @return the outbox ids of those that may go out. @throws db::Error unique_violation when another process was faster.
std::vector<std::int64_t> take_turns(db::Session& transaction, const std::vector<DueMessage>& messages, Timestamp time);

}  // namespace nassaq::jobs
