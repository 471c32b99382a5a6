// App Service Authentication in front of every function: it strips forged headers and tells the app who is calling.
param appName string
param partnerTenantId string
param signInClientId string

@description('Client ids of the programs that may call the API.')
param programClientIds array

@description('Whether the app\'s identity stands in for a client secret. False: sign-in by id token alone, without a secret too.')
param identityProvesApp bool

resource site 'Microsoft.Web/sites@2024-04-01' existing = {
  name: appName
}

resource authentication 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    httpSettings: { requireHttps: true }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
      excludedPaths: ['/healthz', '/static/', '/static/*'] // what the app shows to everybody; with a star: all below (MicrosoftDocs/azure-docs#86514)
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: signInClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${partnerTenantId}/v2.0'
          clientSecretSettingName: identityProvesApp ? 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID' : ''
        }
        validation: {
          allowedAudiences: [signInClientId, 'api://${signInClientId}']
          // Without a policy the platform keeps an empty list of callers and answers 403 to every token of a program
          // (pnp/Microsoft365-Analytics-Insights#264). People are not asked: their sign-in is a cookie.
          defaultAuthorizationPolicy: {
            allowedPrincipals: {}
            allowedApplications: union([signInClientId], programClientIds)
          }
        }
      }
    }
    login: { tokenStore: { enabled: false } } // the app calls nobody in its callers' names
  }
}
