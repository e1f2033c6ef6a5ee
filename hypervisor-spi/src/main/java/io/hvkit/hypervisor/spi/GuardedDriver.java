package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.internal.DriverCard;
import io.hvkit.core.internal.DriverRegistry.Admitted;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Set;

/**
 * A driver as callers get it: looked over once, and asked for nothing that it does not offer. Made only of a driver that answers
 * as the SPI asks.
 */
final class GuardedDriver implements HypervisorDriver {

    private final HypervisorDriver driver;
    private final PluginBoundary boundary;
    private final DriverCard<HypervisorType> card;

    private GuardedDriver(HypervisorDriver driver, PluginBoundary boundary, DriverCard<HypervisorType> card) {
        this.driver = driver;
        this.boundary = boundary;
        this.card = card;
    }

    private record Answers(HypervisorDriver driver) implements DriverCard.Answers<HypervisorType> {

        @Override
        public SpiVersion builtAgainst() {
            return driver.builtAgainst();
        }

        @Override
        public Set<HypervisorType> types() {
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
    static Admitted<HypervisorDriver, HypervisorType> of(HypervisorDriver driver, PluginBoundary boundary) {
        DriverCard<HypervisorType> card = DriverCard.of(boundary, HypervisorType.NOUN, new Answers(driver));
        return new Admitted<>(new GuardedDriver(driver, boundary, card), card);
    }

    @Override
    public Set<HypervisorType> types() {
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
    public Hypervisor open(HostId host, HypervisorType type, Options given) throws InterruptedException {
        HypervisorType declared = card.openable(type, given);
        Hypervisor opened = boundary.call("open", () -> driver.open(host, declared, given));
        try {
            return GuardedHypervisor.of(opened, boundary, declared);
        } catch (RuntimeException e) {
            close(opened, e);
            throw e;
        }
    }

    private void close(Hypervisor opened, RuntimeException reason) {
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
