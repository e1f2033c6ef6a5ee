package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.internal.PluginBoundary;

/** Templates by a plug-in. */
record GuardedTemplates(Templates templates, PluginBoundary boundary, FeatureCheck check, GuardedPool pool)
        implements Templates {

    @Override
    public Volume add(AddTemplate request) throws InterruptedException {
        if (!pool.formats().contains(request.format()) || request.format() == ImageFormat.LUKS) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "pool %s keeps volumes as %s, templates in clear, and template %s is to be %s",
                            pool.id(), pool.formats(), request.name(), request.format());
        }
        Volume added = boundary.call("templates.add", () -> templates.add(request));
        if (!added.name().equals(request.name()) || added.format() != request.format()) {
            throw pool.broken(
                    "it was asked for " + request + " and answered with " + added + ", which was left as it is");
        }
        return added;
    }

    @Override
    public Volume create(VolumeFromTemplate request) throws InterruptedException {
        pool.requirePossible(request.volume());
        if (request.depth() == CloneVolume.Depth.LINKED) {
            check.require(
                    PoolFeature.LINKED_CLONES,
                    "linked volume " + request.volume().name());
        }
        return pool.asAskedFor(request.volume(), boundary.call("templates.create", () -> templates.create(request)));
    }
}
