package io.hvkit.storage.spi;

/** Refuses what a pool does not offer. */
@FunctionalInterface
interface FeatureCheck {

    /** Throws {@code UNSUPPORTED} unless the feature is offered; {@code what} needs it. */
    void require(PoolFeature feature, String what);
}
