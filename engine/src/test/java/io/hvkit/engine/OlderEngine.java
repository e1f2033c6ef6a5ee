package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Journal;
import io.hvkit.catalog.spi.OperationRecord.Step;
import io.hvkit.catalog.spi.Transaction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The catalog of an engine from the time before there were several copies of a volume in one pool: its journal numbers none. */
final class OlderEngine {

    private static final Set<String> UNKNOWN = Set.of("fromCopy", "toCopy", "secondCopy", "copy");

    private OlderEngine() {}

    /** Returns a catalog as such an engine has it. */
    static Catalog around(Catalog catalog) {
        return new Catalog() {
            @Override
            public <T> T inTransaction(Work<T> work) throws InterruptedException {
                return catalog.inTransaction(transaction -> work.run(older(transaction)));
            }

            @Override
            public void close() {
                catalog.close();
            }
        };
    }

    private static Transaction older(Transaction real) {
        return relayed(
                Transaction.class,
                real,
                (name, arguments) -> arguments,
                result -> result instanceof Journal journal ? older(journal) : result);
    }

    private static Journal older(Journal real) {
        return relayed(
                Journal.class,
                real,
                (name, arguments) ->
                        name.equals("write") ? new Object[] {arguments[0], older((Step) arguments[1])} : arguments,
                result -> result);
    }

    private static Step older(Step step) {
        Map<String, String> known = new TreeMap<>(step.evidence().texts());
        known.keySet().removeAll(UNKNOWN);
        return new Step(step.name(), step.progress(), Facts.of(known));
    }

    private interface Asking {
        Object[] with(String name, Object[] arguments);
    }

    private interface Answer {
        Object of(Object result);
    }

    private static <T> T relayed(Class<T> kind, T real, Asking asking, Answer answer) {
        return kind.cast(Proxy.newProxyInstance(
                kind.getClassLoader(), new Class<?>[] {kind}, (proxy, method, arguments) -> {
                    try {
                        return answer.of(method.invoke(real, asking.with(method.getName(), arguments)));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
