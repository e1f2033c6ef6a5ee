package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.List;

/**
 * Condemned layers that hosts have still for copies that have ended, and that could not take them away, since a store or a host did not answer
 * then. Nobody goes on with an operation that has ended; whether a program that it began on the host runs still, the host is asked.
 */
final class EndedLoans {

    private static final ByteSize SECTOR = ByteSize.bytes(512);

    private final Ground ground;
    private final LayerFiles files;

    EndedLoans(Ground ground) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
    }

    /**
     * Takes a condemned layer from all hosts that have it for a copy; does nothing as long as an operation works with the chain, or if its store
     * has it no more.
     *
     * @throws io.hvkit.core.DriverException with {@code IN_USE} if a program has it open, or as a host fails that cannot tell; that host keeps it
     */
    void takeBack(ChainKey chain, LayerId layer) throws InterruptedException {
        boolean isLive =
                ground.catalog().inTransaction(transaction -> LiveWork.isAny(ChainLedger.of(transaction, chain.id())));
        if (!isLive) {
            for (HostId host : files.usersOf(layer, VolumeUse.Reason.COPY)) {
                requireClosed(layer, host);
                files.detach(layer, host);
            }
        }
    }

    /** Nobody needs what the layer holds, so it is written to: that needs it for itself. */
    private void requireClosed(LayerId layer, HostId host) throws InterruptedException {
        Images images = ground.endPoint(new RecordId<>(host.value())).images();
        files.with(List.of(layer), host, image -> {
            ByteSize size = images.inspect(image).size();
            ImageReport unused = images.growTo(image, size.plus(SECTOR));
        });
    }
}
