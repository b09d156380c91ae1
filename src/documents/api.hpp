#pragma once

#include "api/route.hpp"
#include "documents/services.hpp"

namespace nassaq::documents {

api::RouteTable<Services> routes();

}  // namespace nassaq::documents
