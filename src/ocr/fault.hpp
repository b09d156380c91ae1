#pragma once

#include <expected>

#include "ocr/document.hpp"
#include "ocr/reason.hpp"

namespace nassaq::ocr {

/// The document is to blame: no retry will help.
template <class... Values>
std::unexpected<Fault> document_fault(Reason reason, const Values&... values) {
    return std::unexpected(Fault{.temporary = false, .reason = text_of(reason, values...)});
}

/// This machine or moment is to blame: the job is worth another try.
template <class... Values>
std::unexpected<Fault> machine_fault(Reason reason, const Values&... values) {
    return std::unexpected(Fault{.temporary = true, .reason = text_of(reason, values...)});
}

}  // namespace nassaq::ocr
