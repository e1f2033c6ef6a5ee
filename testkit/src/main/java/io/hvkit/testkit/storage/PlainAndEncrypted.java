package io.hvkit.testkit.storage;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Runs each case with plain volumes and with encrypted ones; a pool that cannot encrypt must refuse to. */
public final class PlainAndEncrypted implements TestTemplateInvocationContextProvider, InvocationInterceptor {

    /** Made by JUnit. */
    public PlainAndEncrypted() {}

    private record Run(Mode mode) implements TestTemplateInvocationContext {

        @Override
        public String getDisplayName(int invocation) {
            return mode.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            BeforeEachCallback setMode = context -> cases(context).mode = mode;
            return List.of(setMode);
        }
    }

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return true;
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        return Stream.of(Mode.values()).map(Run::new);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        StorageCases running = cases(context);
        if (running.mode == Mode.ENCRYPTED && running.encryptsNothing()) {
            invocation.skip();
            running.refusesToEncrypt();
        } else {
            invocation.proceed();
        }
    }

    private static StorageCases cases(ExtensionContext context) {
        return (StorageCases) context.getRequiredTestInstance();
    }
}
