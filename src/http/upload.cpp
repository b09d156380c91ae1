#include "http/upload.hpp"

#include <utility>

#include "base/text.hpp"
#include "http/problem.hpp"

namespace nassaq::http {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

void require(const MultipartParser::Status& status) {
    if (!status) throw Problem(400, RefusalCode::malformed_body, status.error().detail);
}

}  // namespace

std::uint64_t largest_upload_body(const Limits& limits) {
    return limits.upload_bytes + limits.body_bytes;
}

Problem file_too_large(const Limits& limits) {
    return {413, RefusalCode::file_too_large,
            "File too large, Max Limit is set to " + std::to_string(limits.upload_bytes / mebibyte) + " MB"};
}

UploadReader::UploadReader(std::string_view boundary, const Limits& limits, Spool& spool, std::vector<FormPart>& form,
                           std::function<void(UploadedFile&)> begin_file)
    : limits_(&limits),
      spool_(&spool),
      form_(&form),
      begin_file_(std::move(begin_file)),
      parser_(boundary, {.parts = limits.form_parts}, *this) {}

void UploadReader::feed(std::string_view piece) {
    require(parser_.feed(piece));
}

void UploadReader::finish() {
    require(parser_.finish());
}

void UploadReader::on_part_begin(PartHead head) {
    require_first_file(head);
    if (!head.filename) {
        form_->push_back({.name = std::move(head.name), .value = std::string()});
        return;
    }
    form_->push_back({.name = std::move(head.name),
                      .value = UploadedFile{.filename = std::move(*head.filename),
                                            .content_type = std::move(head.content_type),
                                            .content = spool_->create()}});
    FormPart& part = form_->back();
    if (begin_file_ && part.name == "file") begin_file_(std::get<UploadedFile>(part.value));
}

/// Of two files one would be lost silently. Told as soon as the second begins, so that no byte of it is kept.
void UploadReader::require_first_file(const PartHead& head) {
    if (head.name == "file" && std::exchange(has_file_, true)) {
        throw Problem(400, RefusalCode::too_many_files, "Send one file per request.");
    }
}

void UploadReader::on_part_data(std::string_view data) {
    auto& value = form_->back().value;
    if (auto* field = std::get_if<std::string>(&value)) {
        append_field(*field, data);
        return;
    }
    SpoolFile& content = std::get<UploadedFile>(value).content;
    if (data.size() > limits_->upload_bytes - content.size()) throw file_too_large(*limits_);
    content.append(data);
}

void UploadReader::append_field(std::string& field, std::string_view data) {
    field_bytes_ += data.size();
    if (field.size() + data.size() > limits_->form_field_bytes) {
        throw Problem(400, RefusalCode::field_too_large,
                      "Part exceeded maximum size of " + std::to_string(limits_->form_field_bytes / 1024) + "KB.");
    }
    if (field_bytes_ > limits_->body_bytes) {
        throw Problem(400, RefusalCode::field_too_large,
                      "The text fields of the form exceed " + std::to_string(limits_->body_bytes) + " bytes together");
    }
    field.append(data);
}

void UploadReader::on_part_end() {
    FormPart& part = form_->back();
    if (auto* file = std::get_if<UploadedFile>(&part.value)) {
        file->content.finish();
    } else if (!text::is_valid_utf8(std::get<std::string>(part.value))) {
        throw Problem(400, RefusalCode::malformed_body, "The form field '" + part.name + "' is not valid UTF-8");
    }
}

}  // namespace nassaq::http
