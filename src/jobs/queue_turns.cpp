#include "jobs/queue_turns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <iterator>
#include <string_view>
#include <utility>

#include "jobs/outbox.hpp"

namespace nassaq::jobs {
namespace {

/// So many users are asked at once.
constexpr int most_users = 128;
/// A message that has waited for less long is not asked after.
constexpr std::chrono::seconds a_moment{1};

struct DueRow {
    std::int64_t outbox_id = 0;
    Timestamp available_at;
    std::string queue_name;
    std::int64_t doc_id = 0;
};
BOOST_DESCRIBE_STRUCT(DueRow, (), (outbox_id, available_at, queue_name, doc_id))

/// A user's last turn in a stage, and what has become of its message.
struct TurnRow {
    std::int64_t outbox_id = 0;
    std::string queue_name;
    Timestamp taken_at;
    std::optional<Timestamp> available_at;  ///< While the message is still in the outbox.
    std::int64_t is_queued = 0;             ///< 1 when its document is, and has no later message.
};
BOOST_DESCRIBE_STRUCT(TurnRow, (), (outbox_id, queue_name, taken_at, available_at, is_queued))

/// No longer than this from now on: what ends later was written by a clock that was ahead, and has ended.
Timestamp latest_end(const DueSearch& search) {
    return search.time + 2 * search.lease;
}

/// What a statement says of the queue of a row, with the values for it. All that goes to no other stage counts as
/// OCR's, for what went to a queue of another name must go out too.
struct QueueCondition {
    std::string sql;
    std::vector<db::Parameter> values;
};

QueueCondition goes_to(const Stages& stages, const Stage& stage) {
    if (stage.name != ocr_stage) {
        return {.sql = "queue_name = ?", .values = {std::string_view(stage.queue)}};
    }
    QueueCondition condition{.sql = "queue_name NOT IN (?, ?", .values = {blob_deletion_queue, text_deletion_queue}};
    for (const Stage& other : stages.all()) {
        if (other.name != ocr_stage) {
            condition.sql += ", ?";
            condition.values.emplace_back(std::string_view(other.queue));
        }
    }
    condition.sql += ")";
    return condition;
}

/// What is nobody's, such as a dead letter, whatever stage it is of.
QueueCondition goes_anywhere() {
    return {.sql = "queue_name NOT IN (?, ?)", .values = {blob_deletion_queue, text_deletion_queue}};
}

/// At most one row a document and queue, its first. So a later one cannot overtake it, whoever publishes them and in
/// whatever batches.
std::vector<DueRow> find_due_rows(db::Session& session, const DueSearch& search, std::int64_t user_id,
                                  const QueueCondition& condition, std::size_t limit) {
    std::vector<db::Parameter> values{user_id, search.time};
    std::ranges::copy(condition.values, std::back_inserter(values));
    values.insert(values.end(), {search.time, latest_end(search)});
    return session.query_page_with<DueRow>(
        fmt::format("SELECT outbox_id, available_at, queue_name, COALESCE(doc_id, 0) FROM Outbox "
                    "WHERE user_id = ? AND available_at <= ? AND {} "
                    "AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?) "
                    "AND NOT EXISTS (SELECT 1 FROM Outbox earlier WHERE earlier.doc_id = Outbox.doc_id "
                    "AND earlier.queue_name = Outbox.queue_name AND earlier.outbox_id < Outbox.outbox_id) "
                    "ORDER BY available_at, outbox_id",
                    condition.sql),
        {.limit = static_cast<std::int64_t>(limit)}, values);
}

/// The same for one row of which it is known that it is its document's first.
std::vector<DueRow> find_due_row(db::Session& session, const DueSearch& search, std::int64_t outbox_id) {
    return session.query<DueRow>(
        "SELECT outbox_id, available_at, queue_name, COALESCE(doc_id, 0) FROM Outbox WHERE outbox_id = ? "
        "AND available_at <= ? AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)",
        outbox_id, search.time, search.time, latest_end(search));
}

std::optional<TurnRow> find_turn(db::Session& session, std::int64_t user_id, const Stage& stage) {
    return session.find<TurnRow>(
        "SELECT t.outbox_id, t.queue_name, t.taken_at, o.available_at, CASE WHEN EXISTS (SELECT 1 "
        "FROM Processing_Status s WHERE s.doc_id = t.doc_id AND s.stage_name = t.stage_name AND s.status = 'Queued') "
        "AND NOT EXISTS (SELECT 1 FROM Outbox later WHERE later.doc_id = t.doc_id "
        "AND later.queue_name = t.queue_name AND later.outbox_id > t.outbox_id) "
        "THEN 1 ELSE 0 END FROM Job_Turns t LEFT JOIN Outbox o ON o.outbox_id = t.outbox_id "
        "WHERE t.user_id = ? AND t.stage_name = CAST(? AS VARCHAR(50))",
        user_id, stage.name);
}

/// Whether the message of the turn waits in the queue, or is on its way there. One that was put off does not; nor is
/// one waited for whose time is long over, or lies ahead because a clock has been put back.
bool is_waiting(const TurnRow& turn, const DueSearch& search) {
    const bool is_put_off = turn.available_at && *turn.available_at > search.time;
    return turn.is_queued == 1 && !is_put_off && turn.taken_at > search.time - search.patience &&
           turn.taken_at <= search.time + search.lease;
}

std::optional<std::int64_t> next_user(db::Session& session, std::int64_t user_id) {
    return session.get<std::optional<std::int64_t>>("SELECT MIN(user_id) FROM Outbox WHERE user_id > ?", user_id);
}

/// Whose turn it would be, and in which stage.
struct Turn {
    std::int64_t user_id = 0;
    std::string stage;
    std::optional<std::int64_t> last;  ///< The outbox id of the turn before.
};

void append(DueMessages& found, std::vector<DueRow> rows, const Turn& turn) {
    for (DueRow& row : rows) {
        found.messages.push_back({.outbox_id = row.outbox_id,
                                  .available_at = row.available_at,
                                  .queue_name = std::move(row.queue_name),
                                  .doc_id = row.doc_id,
                                  .user_id = turn.user_id,
                                  .stage = turn.stage,
                                  .last_turn = turn.last});
    }
}

void ask_user_in(const Stage& stage, db::Session& session, const Stages& stages, const DueSearch& search,
                 std::int64_t user_id, DueMessages& found) {
    const auto row = find_turn(session, user_id, stage);
    const Turn turn{
        .user_id = user_id, .stage = stage.name, .last = row ? std::optional(row->outbox_id) : std::nullopt};
    if (!row || !is_waiting(*row, search)) {
        append(found, find_due_rows(session, search, user_id, goes_to(stages, stage), 1), turn);
        return;
    }
    if (row->available_at) {  // Whoever was to publish it may have died.
        append(found, find_due_row(session, search, row->outbox_id), turn);
    }
    found.has_held_back = true;
    if (row->taken_at < search.time - a_moment) {
        found.queue_in_question = row->queue_name;
    }
}

void ask_user(db::Session& session, const Stages& stages, const DueSearch& search, std::int64_t user_id,
              DueMessages& found) {
    for (const Stage& stage : stages.all()) {
        ask_user_in(stage, session, stages, search, user_id, found);
    }
}

bool take_turn(db::Session& session, const DueMessage& message, Timestamp time) {
    if (message.last_turn) {
        return session.execute(
                   "UPDATE Job_Turns SET queue_name = ?, doc_id = ?, outbox_id = ?, taken_at = ? "
                   "WHERE user_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND outbox_id = ?",
                   message.queue_name, message.doc_id, message.outbox_id, time, message.user_id, message.stage,
                   *message.last_turn) == 1;
    }
    return session.execute(
               "INSERT INTO Job_Turns (user_id, stage_name, queue_name, doc_id, outbox_id, taken_at) "
               "SELECT ?, ?, ?, ?, ?, ? "
               "WHERE NOT EXISTS (SELECT 1 FROM Job_Turns WHERE user_id = ? AND stage_name = CAST(? AS VARCHAR(50)))",
               message.user_id, message.stage, message.queue_name, message.doc_id, message.outbox_id, time,
               message.user_id, message.stage) == 1;
}

}  // namespace

DueMessages find_due_messages(db::Session& session, const Stages& stages, const DueSearch& search) {
    DueMessages found{.last_user = search.behind_user};
    append(found, find_due_rows(session, search, 0, goes_anywhere(), search.limit), {});
    bool is_around = search.behind_user == 0;
    for (int asked = 0; asked < most_users;) {
        const auto user_id = next_user(session, found.last_user);
        if (user_id && (!is_around || search.behind_user == 0 || *user_id <= search.behind_user)) {
            found.last_user = *user_id;
            ask_user(session, stages, search, *user_id, found);
            ++asked;
        } else if (is_around) {
            break;
        } else {
            is_around = true;
            found.last_user = 0;
        }
    }
    if (found.messages.empty() && !found.has_held_back) {
        ask_user(session, stages, search, low_priority, found);
    }
    return found;
}

std::vector<std::int64_t> take_turns(db::Session& transaction, const std::vector<DueMessage>& messages,
                                     Timestamp time) {
    // In one order: another relay, which began with another user, waits for this one's turns and not in a circle. The
    // stages of one user are in the order of all.
    std::vector<const DueMessage*> in_order;
    std::ranges::transform(messages, std::back_inserter(in_order), [](const DueMessage& message) { return &message; });
    std::ranges::stable_sort(in_order, {}, &DueMessage::user_id);
    std::vector<std::int64_t> ids;
    for (const DueMessage* message : in_order) {
        if (message->user_id == 0 || take_turn(transaction, *message, time)) {
            ids.push_back(message->outbox_id);
        }
    }
    return ids;
}

}  // namespace nassaq::jobs
