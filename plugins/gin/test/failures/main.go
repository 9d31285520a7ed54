// What gin is told of failures is on the server span: errors by their types, panics that a
// middleware recovers, once each. A failure it is where the answer says so. What a program writes
// into an error is nobody's business.
//
//gorule:metrics
package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"
)

type storeError struct{ key string }

func (e *storeError) Error() string { return "no such key: " + e.key }

func main() {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(gin.RecoveryWithWriter(io.Discard))
	engine.GET("/error", func(c *gin.Context) {
		_ = c.Error(&storeError{"secret"})
		c.AbortWithStatus(http.StatusInternalServerError)
	})
	engine.GET("/plain/error", func(c *gin.Context) { _ = c.AbortWithError(http.StatusBadGateway, errors.New("secret")) })
	engine.GET("/wrapped/error", func(c *gin.Context) {
		err := fmt.Errorf("secret: %w", &storeError{"secret"})
		_ = c.Error(err)
		_ = c.Error(err)
		_ = c.Error(&gin.Error{Err: err, Type: gin.ErrorTypePublic})
		c.Status(http.StatusServiceUnavailable)
	})
	engine.GET("/refused", func(c *gin.Context) { _ = c.AbortWithError(http.StatusBadRequest, &storeError{"secret"}) })
	engine.GET("/overcome", func(c *gin.Context) {
		_ = c.Error(&storeError{"secret"})
		c.String(http.StatusOK, "from the cache")
	})
	engine.GET("/number", func(c *gin.Context) {
		var number struct {
			N int `form:"n"`
		}
		_ = c.Bind(&number)
	})
	engine.GET("/panic", func(c *gin.Context) { panic("boom") })
	engine.GET("/nested/panic", func(c *gin.Context) { c.Next() }, func(c *gin.Context) { panic(&storeError{"secret"}) })
	engine.GET("/own/recovery", func(c *gin.Context) {
		defer func() {
			if recover() != nil {
				c.String(http.StatusAccepted, "never mind")
			}
		}()
		c.Next()
	}, func(c *gin.Context) { panic("boom") })
	alone := gin.New()
	alone.POST("/panic", func(c *gin.Context) { c.Next() }, func(c *gin.Context) { panic(http.ErrAbortHandler) })

	mux := http.NewServeMux()
	mux.Handle("/", engine)
	mux.Handle("/alone/", http.StripPrefix("/alone", alone))
	first := httptest.NewServer(mux)
	defer first.Close()
	second := httptest.NewUnstartedServer(mux)
	second.EnableHTTP2 = true
	second.StartTLS()
	defer second.Close()
	_, err := first.Client().Post(first.URL+"/alone/panic", "", nil) // not tried again by the client
	fmt.Println("/alone/panic fails:", err != nil)
	paths := []string{"/error", "/plain/error", "/wrapped/error", "/refused", "/overcome", "/number?n=secret", "/panic", "/nested/panic", "/own/recovery"}
	for _, server := range []*httptest.Server{first, second} {
		for _, path := range paths {
			response, err := server.Client().Get(server.URL + path)
			if err != nil {
				panic(err)
			}
			response.Body.Close()
			fmt.Println(response.Proto, path, response.StatusCode)
		}
	}
}
