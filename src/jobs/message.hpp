#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace nassaq::jobs {

/// What goes through a queue: "look at this document" (platform.md, 4). Of the stage OCR the Python platform writes and
/// reads the same; the messages of the others name their stage besides.
struct JobMessage {
    std::int64_t doc_id = 0;
    std::string file_path;  ///< The blob's URL.
    std::string filename;
    std::optional<std::int64_t> user_id;
    std::string stage = "OCR";
};

std::string to_json(const JobMessage& message);
/// The form that goes to the dead queue: the message and, as "reason", why it is there.
std::string to_dead_letter(const JobMessage& message, std::string_view reason);
/// @return what is wrong with the body when it is no such message. Members that are not known are passed over.
std::expected<JobMessage, std::string> parse_message(std::string_view body);

/// Where the messages of failed jobs go.
std::string dead_queue(std::string_view queue);

}  // namespace nassaq::jobs
