#pragma once

#include "documents/services.hpp"
#include "http/message.hpp"

namespace nassaq::documents {

/// Has the storage send an upload while it comes in, where it does so: under the name that it will have if the form's
/// path has come before its file, or does not come at all. What becomes of it is decided by upload_document().
void send_early(Services& services, const http::Request& request, http::UploadedFile& file);

}  // namespace nassaq::documents
