#include "jobs/stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

#include "broker/embedded.hpp"
#include "jobs/newest_row.hpp"
#include "jobs/outbox.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::size_t longest_stage_name = 50;  // The column of the platform.

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_stage_name &&
           std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

/// @return whether there was a row that the condition let through.
bool queue_if(std::string_view condition, db::Session& transaction, const Stage& stage, std::int64_t doc_id) {
    return transaction.execute(
               fmt::format("UPDATE Processing_Status SET status = 'Queued', start_time = ?, end_time = NULL, "
                           "error_message = NULL, attempts = 0, claimed_by = NULL, claimed_until = NULL "
                           "WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND {} AND {}",
                           condition, is_newest_of_stage("Processing_Status")),
               now(), doc_id, stage.name) == 1;
}

bool has_row(db::Session& session, const Stage& stage, std::int64_t doc_id) {
    return session
        .find<std::int64_t>(
            "SELECT doc_id FROM Processing_Status WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50))", doc_id,
            stage.name)
        .has_value();
}

void insert_row(db::Session& transaction, const Stage& stage, std::int64_t doc_id) {
    transaction.execute(
        "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time, attempts) VALUES (?, ?, 'Queued', ?, "
        "0)",
        doc_id, stage.name, now());
}

bool begin_again_if(std::string_view condition, db::Session& transaction, const Stage& stage, const JobMessage& message,
                    Priority priority = Priority::normal) {
    if (!queue_if(condition, transaction, stage, message.doc_id)) {
        return false;
    }
    send(transaction, stage, message, now(), priority);
    return true;
}

}  // namespace

PrepareResult write_once(std::function<void(db::Session& transaction)> write) {
    return [write = std::move(write)] {
        return WriteResult([&write](db::Session& transaction) {
            write(transaction);
            return true;
        });
    };
}

Stages::Stages(std::vector<Stage> stages) : stages_(std::move(stages)) {
    for (auto stage = stages_.begin(); stage != stages_.end(); ++stage) {
        const auto is_before = [&](auto member, const std::string& value) {
            return std::ranges::find(stages_.begin(), stage, value, member) != stage;
        };
        if (!is_name(stage->name) || is_before(&Stage::name, stage->name) || is_before(&Stage::queue, stage->queue)) {
            throw std::invalid_argument("no name for a stage, or taken, or its queue is: " + stage->name);
        }
        const std::optional<std::string>& after = stage->after;
        if (after && !is_before(&Stage::name, *after)) {
            throw std::invalid_argument(
                fmt::format("{} comes after {}, which is not declared before it", stage->name, *after));
        }
    }
    if (find(ocr_stage) == nullptr) {
        throw std::invalid_argument("there is no stage OCR");
    }
}

const Stage* Stages::find(std::string_view name) const {
    const auto found = std::ranges::find(stages_, name, &Stage::name);
    return found == stages_.end() ? nullptr : &*found;
}

std::string Stages::names() const {
    std::string names;
    for (const Stage& stage : stages_) {
        names.append(names.empty() ? "" : ", ").append(stage.name);
    }
    return names;
}

const Stage& Stages::ocr() const {
    return *find(ocr_stage);
}

std::vector<const Stage*> Stages::after(std::string_view stage) const {
    std::vector<const Stage*> following;
    for (const Stage& other : stages_) {
        if (other.after == stage) {
            following.push_back(&other);
        }
    }
    return following;
}

std::vector<const Stage*> Stages::of_uploads() const {
    std::vector<const Stage*> first;
    for (const Stage& stage : stages_) {
        if (!stage.after) {
            first.push_back(&stage);
        }
    }
    return first;
}

JobMessage message_for(const Stage& stage, JobMessage message) {
    message.stage = stage.name;
    return message;
}

std::string queue_of_stage(std::string_view ocr_queue, std::string_view stage) {
    std::string lower(stage);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return fmt::format("{}.{}", ocr_queue, lower);
}

void send(db::Session& transaction, const Stage& stage, const JobMessage& message, Timestamp available_at,
          Priority priority) {
    const std::int64_t turn = priority == Priority::low ? low_priority : message.user_id.value_or(0);
    if (stage.queue_is_in_database && available_at <= now()) {
        broker::put_into_embedded_queue(transaction, stage.queue, to_json(message), turn);
    } else {
        enqueue(transaction, stage.queue, message.doc_id, to_json(message), available_at, turn);
    }
}

// A document that is queued already has its message, and whoever takes it finds the newest state: only a row that
// others have queued has none.
void begin(db::Session& transaction, const Stage& stage, const JobMessage& message, Priority priority) {
    if (begin_again_if("NOT (status = 'Queued' AND attempts IS NOT NULL)", transaction, stage, message, priority) ||
        has_row(transaction, stage, message.doc_id)) {
        return;
    }
    insert_row(transaction, stage, message.doc_id);
    send(transaction, stage, message, now(), priority);
}

void begin_with_upload(db::Session& transaction, const Stages& stages, const JobMessage& message) {
    for (const Stage* stage : stages.of_uploads()) {
        if (stage->name == ocr_stage) {
            send(transaction, *stage, message, now());
        } else {
            begin(transaction, *stage, message_for(*stage, message));
        }
    }
}

bool begin_again(db::Session& transaction, const Stage& stage, const JobMessage& message) {
    const std::string_view nobodys =
        stage.adopts ? "status IN ('Finished', 'Failed')" : "(status IN ('Finished', 'Failed') OR attempts IS NULL)";
    if (begin_again_if(nobodys, transaction, stage, message)) {
        return true;
    }
    if (has_row(transaction, stage, message.doc_id)) {
        return false;
    }
    insert_row(transaction, stage, message.doc_id);
    send(transaction, stage, message, now());
    return true;
}

bool begin_failed_again(db::Session& transaction, const Stage& stage, const JobMessage& message) {
    return begin_again_if("status = 'Failed'", transaction, stage, message);
}

}  // namespace nassaq::jobs
