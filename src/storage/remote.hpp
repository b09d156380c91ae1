#pragma once

#include <memory>

#include "storage/blob_service.hpp"

namespace nassaq::storage {

/// A Storage over a service on the network. Each blob keeps the name of the spool file that it was made from (its
/// mark), so that an upload whose answer was lost, or whose process died, is told from somebody else's of the same
/// name.
///
/// A stream goes on by range where a connection broke, of the same version of the blob only, and ends with an exception
/// when it cannot: it never looks whole when it is not.
std::unique_ptr<Storage> make_remote_storage(std::unique_ptr<BlobService> service);

}  // namespace nassaq::storage
