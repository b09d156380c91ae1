#pragma once

#include <functional>
#include <memory>

#include "base/byte_source.hpp"
#include "documents/text_model.hpp"
#include "texts/text_store.hpp"

/// Long texts on their way to a client: made of pieces as they are read, so that none is ever held whole.
namespace nassaq::documents {

using OpenReader = std::function<std::unique_ptr<texts::TextReader>()>;

/// The text alone; pages are parted by a form feed, as pdftotext does it.
/// @param open  called once.
std::unique_ptr<ByteSource> stream_plain_text(const OpenReader& open);

/// What schema::to_json() would make of the answer, whose text and pages are read: once for the one, and again for the
/// others.
/// @param head  the answer without text and pages.
std::unique_ptr<ByteSource> stream_json_text(const TextResponse& head, OpenReader open);

/// How a page is answered.
PageText to_page_text(const ocr::Page& page);

}  // namespace nassaq::documents
