package io.hvkit.engine;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.Pivot;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.Set;

/** Hosts on which the merge of one overlay copies for ever. */
record StuckMerges(HypervisorDriver real, VolumeId overlay) implements HypervisorDriver {

    /** What becomes of a call. */
    private interface Calls {
        Object call(String method, Object[] arguments, Real real) throws Throwable;
    }

    /** The call as it would be. */
    private interface Real {
        Object call(Object[] arguments) throws Throwable;
    }

    @Override
    public Set<HypervisorType> types() {
        return real.types();
    }

    @Override
    public SpiVersion builtAgainst() {
        return real.builtAgainst();
    }

    @Override
    public Set<Option<?>> options() {
        return real.options();
    }

    @Override
    public Hypervisor open(HostId host, HypervisorType type, Options options) throws InterruptedException {
        return around(Hypervisor.class, real.open(host, type, options), (method, arguments, call) -> {
            Object result = call.call(arguments);
            return method.equals("machineSnapshots") ? ((Optional<?>) result).map(this::snapshots) : result;
        });
    }

    private Object snapshots(Object facet) {
        return around(MachineSnapshots.class, facet, (method, arguments, call) -> {
            boolean isStuck = method.equals("merge")
                    && ((DiskMerge) arguments[1]).disk().volume().equals(overlay);
            return isStuck
                    ? stuck(call.call(
                            new Object[] {arguments[0], ((DiskMerge) arguments[1]).pivoting(Pivot.WHEN_ASKED)}))
                    : call.call(arguments);
        });
    }

    private static Object stuck(Object job) {
        return around(BlockJob.class, job, (method, arguments, call) -> switch (method) {
            case "awaitReady", "phase" -> BlockJobPhase.COPYING;
            case "await" -> Optional.empty();
            default -> call.call(arguments);
        });
    }

    private static <T> T around(Class<T> kind, Object target, Calls calls) {
        return kind.cast(Proxy.newProxyInstance(
                kind.getClassLoader(), new Class<?>[] {kind}, (proxy, method, arguments) -> {
                    Object[] given = arguments == null ? new Object[0] : arguments;
                    return calls.call(method.getName(), given, passed -> {
                        try {
                            return method.invoke(target, passed);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
                }));
    }
}
