#include "documents/extraction_job.hpp"

#include "base/clock.hpp"
#include "jobs/outbox.hpp"

namespace nassaq::documents {

void enqueue_extraction(const Services& services, db::Session& transaction, const jobs::OcrMessage& message) {
    jobs::enqueue(transaction, services.settings.ocr_queue_name, message.doc_id, jobs::to_json(message), now(),
                  message.user_id.value_or(0));
}

}  // namespace nassaq::documents
