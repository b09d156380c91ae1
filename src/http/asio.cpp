// The code of Asio that is no template, compiled once for this folder instead of in each of its files.
#include <boost/asio/impl/src.hpp>
