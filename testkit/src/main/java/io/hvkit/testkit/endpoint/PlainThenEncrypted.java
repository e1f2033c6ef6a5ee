package io.hvkit.testkit.endpoint;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Runs each case of an end point with images in clear and with encrypted ones. */
public final class PlainThenEncrypted implements TestTemplateInvocationContextProvider {

    /** Made by JUnit. */
    public PlainThenEncrypted() {}

    private record Run(Mode mode) implements TestTemplateInvocationContext {

        @Override
        public String getDisplayName(int invocation) {
            return mode.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            BeforeEachCallback setMode = context -> ((EndPointCases) context.getRequiredTestInstance()).mode = mode;
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
}
