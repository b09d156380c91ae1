#pragma once

#include "db/database.hpp"
#include "documents/services.hpp"
#include "jobs/message.hpp"

namespace nassaq::documents {

/// Asks, in the transaction that has made or changed the document, for its text to be extracted. After the commit the
/// outbox is to be notified.
void enqueue_extraction(const Services& services, db::Session& transaction, const jobs::OcrMessage& message);

}  // namespace nassaq::documents
