package io.hvkit.engine;

import io.hvkit.storage.spi.Deltas;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksVolumes;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;

/** An end point with something that happens before and after each of its calls. */
final class RelayedEndPoint {

    /** What happens; it may throw. */
    @FunctionalInterface
    interface Moment {
        void at(String call);
    }

    private RelayedEndPoint() {}

    static EndPoint of(EndPoint real, Moment before, Moment after) {
        return relayed(EndPoint.class, real, before, after);
    }

    private static <T> T relayed(Class<T> kind, T target, Moment before, Moment after) {
        return kind.cast(Proxy.newProxyInstance(
                kind.getClassLoader(), new Class<?>[] {kind}, (proxy, method, arguments) -> {
                    try {
                        return switch (method.getName()) {
                            case "luks" ->
                                ((EndPoint) target).luks().map(luks -> relayed(LuksVolumes.class, luks, before, after));
                            case "deltas" ->
                                ((Images) target).deltas().map(some -> relayed(Deltas.class, some, before, after));
                            case "images" -> relayed(Images.class, ((EndPoint) target).images(), before, after);
                            case "host", "deviceAccess", "close" -> method.invoke(target, arguments);
                            default -> {
                                before.at(method.getName());
                                Object result = method.invoke(target, arguments);
                                after.at(method.getName());
                                yield result;
                            }
                        };
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    /** Returns one of which nobody knows that it can write what differs between disks, as others bring them. */
    static EndPoint withoutDeltas(EndPoint real) {
        Images all = real.images();
        Images fewer = without("deltas", Optional.empty(), Images.class, all);
        return without("images", fewer, EndPoint.class, real);
    }

    private static <T> T without(String call, Object instead, Class<T> kind, T target) {
        return kind.cast(Proxy.newProxyInstance(
                kind.getClassLoader(), new Class<?>[] {kind}, (proxy, method, arguments) -> {
                    try {
                        return method.getName().equals(call) ? instead : method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    /** Returns what happens at one of the calls alone, the first time. */
    static Moment once(String call, Runnable happening) {
        boolean[] over = {false};
        return name -> {
            if (name.equals(call) && !over[0]) {
                over[0] = true;
                happening.run();
            }
        };
    }

    /** Returns what happens at one of the calls, each time. */
    static Moment always(String call, Runnable happening) {
        return name -> {
            if (name.equals(call)) {
                happening.run();
            }
        };
    }

    /** Returns nothing that happens. */
    static Moment calm() {
        return call -> {};
    }
}
