package io.hvkit.storage.spi;

import io.hvkit.core.internal.PluginBoundary;

/** Clones by a plug-in. */
record GuardedClones(Clones clones, PluginBoundary boundary, FeatureCheck check) implements Clones {

    @Override
    public Volume create(CloneVolume request) throws InterruptedException {
        if (request.depth() == CloneVolume.Depth.LINKED) {
            check.require(PoolFeature.LINKED_CLONES, "linked clone " + request.name());
        }
        return boundary.call("clones.create", () -> clones.create(request));
    }
}
