#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/spool.hpp"
#include "http/message.hpp"
#include "http/multipart.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"

namespace nassaq::http {

/// How many bytes a whole multipart body may have: one file of the largest size and what a form adds to it.
std::uint64_t largest_upload_body(const Limits& limits);

/// The 413 for a file over the limit (api.md, 5).
Problem file_too_large(const Limits& limits);

/// Turns a multipart body into the parts of a form, its files straight into the spool. Its functions write to the disk:
/// never call them on an I/O thread. Used by one thread at a time.
class UploadReader final : private MultipartHandler {
public:
    /// @param limits, spool, form  outlive the reader.
    /// @param begin_file  Endpoint::begin_file; may be empty.
    UploadReader(std::string_view boundary, const Limits& limits, Spool& spool, std::vector<FormPart>& form,
                 std::function<void(UploadedFile&)> begin_file = {});

    /// Takes the next piece of the body.
    /// @throws Problem 413 for a file over Limits::upload_bytes, 400 for a malformed body, a field over its limit or a
    ///   second part named "file".
    /// @throws std::system_error when the spool cannot be written.
    void feed(std::string_view piece);
    /// Ends the body. @throws Problem 400 when it was cut off.
    void finish();
    /// How much memory the text fields take that have come so far.
    [[nodiscard]] std::size_t field_bytes() const { return field_bytes_; }

private:
    void on_part_begin(PartHead head) override;
    void on_part_data(std::string_view data) override;
    void on_part_end() override;
    void require_first_file(const PartHead& head);
    void append_field(std::string& field, std::string_view data);

    const Limits* limits_;
    Spool* spool_;
    std::vector<FormPart>* form_;
    std::function<void(UploadedFile&)> begin_file_;
    bool has_file_ = false;        ///< Whether there has been a part named "file".
    std::size_t field_bytes_ = 0;  ///< Of all text fields together.
    MultipartParser parser_;
};

}  // namespace nassaq::http
