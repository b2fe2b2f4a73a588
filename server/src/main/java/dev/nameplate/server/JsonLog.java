package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.slf4j.LoggerFactory;

/// A JSON object for each event, on a line of its own: `time`, `level`, `logger`, `request_id` if
/// it is about a request, `message`, and `exception` with the stack trace if there is one. All of
/// it is printable ASCII, so that what a stranger sent can neither begin a line nor move a cursor.
final class JsonLog extends EncoderBase<ILoggingEvent> {

  private static final int LONGEST = 32 * 1024;

  private static final JsonFactory JSON =
      new JsonFactoryBuilder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  /// From now on, whatever this process logs is written so.
  static void use() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      for (var logger : context.getLoggerList()) {
        logger
            .iteratorForAppenders()
            .forEachRemaining(appender -> {
              if (appender instanceof OutputStreamAppender<ILoggingEvent> stream) {
                var encoder = new JsonLog();
                encoder.setContext(context);
                encoder.start();
                stream.setEncoder(encoder);
              }
            });
      }
    }
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    var line = new StringWriter();
    try (var json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("time", Instant.ofEpochMilli(event.getTimeStamp()).toString());
      json.writeStringField("level", event.getLevel().toString());
      json.writeStringField("logger", event.getLoggerName());
      var request = event.getMDCPropertyMap().get(RequestId.KEY);
      if (request != null) {
        json.writeStringField("request_id", request);
      }
      json.writeStringField("message", shortened(String.valueOf(event.getFormattedMessage())));
      if (event.getThrowableProxy() != null) {
        json.writeStringField(
            "exception", shortened(ThrowableProxyUtil.asString(event.getThrowableProxy())));
      }
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException("in memory", impossible);
    }
    // JSON leaves DEL as it is, and it can only be inside of a string
    return line.append('\n').toString().replace("\u007f", "\\u007f").getBytes(US_ASCII);
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + " [shortened]";
  }

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }
}
