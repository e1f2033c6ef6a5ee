package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.internal.DriverCard;
import io.hvkit.core.internal.DriverRegistry.Admitted;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Set;

/**
 * A driver as callers get it: looked over once, and asked for nothing that it does not offer. Made only of a driver that answers
 * as the SPI asks.
 */
final class GuardedDriver implements StorageDriver {

    private final StorageDriver driver;
    private final PluginBoundary boundary;
    private final DriverCard<StoragePoolType> card;

    private GuardedDriver(StorageDriver driver, PluginBoundary boundary, DriverCard<StoragePoolType> card) {
        this.driver = driver;
        this.boundary = boundary;
        this.card = card;
    }

    private record Answers(StorageDriver driver) implements DriverCard.Answers<StoragePoolType> {

        @Override
        public SpiVersion builtAgainst() {
            return driver.builtAgainst();
        }

        @Override
        public Set<StoragePoolType> types() {
            return driver.types();
        }

        @Override
        public Set<Option<?>> options() {
            return driver.options();
        }
    }

    /**
     * Looks a driver over.
     *
     * @throws DriverException if it breaks a rule of the SPI, with the reason as its message
     */
    static Admitted<StorageDriver, StoragePoolType> of(StorageDriver driver, PluginBoundary boundary) {
        DriverCard<StoragePoolType> card = DriverCard.of(boundary, StoragePoolType.NOUN, new Answers(driver));
        return new Admitted<>(new GuardedDriver(driver, boundary, card), card);
    }

    @Override
    public Set<StoragePoolType> types() {
        return card.types();
    }

    @Override
    public SpiVersion builtAgainst() {
        return card.builtAgainst();
    }

    @Override
    public Set<Option<?>> options() {
        return card.options();
    }

    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options given) throws InterruptedException {
        StoragePoolType declared = card.openable(type, given);
        StoragePool opened = boundary.call("open", () -> driver.open(id, declared, given));
        try {
            return GuardedPool.of(opened, boundary, id, declared);
        } catch (RuntimeException e) {
            close(opened, e);
            throw e;
        }
    }

    private void close(StoragePool opened, RuntimeException reason) {
        try {
            boundary.ask("close", () -> {
                opened.close();
                return opened;
            });
        } catch (DriverException e) {
            reason.addSuppressed(e);
        }
    }

    @Override
    public String toString() {
        return card.provider().toString();
    }
}
