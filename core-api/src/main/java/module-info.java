/** Value types, failures, secrets and typed options shared by every module. */
module io.hvkit.core {
    requires static transitive org.jspecify;

    exports io.hvkit.core;
}
